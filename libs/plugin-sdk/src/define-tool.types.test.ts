import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineTool, sh, type ToolDefinition } from './index.ts';

const input = z.object({ unit: z.string().describe('Name of the unit.') });
const data = z.object({ units: z.array(z.object({ name: z.string(), size: z.int() })) });
type Definition = ToolDefinition<typeof input, typeof data, 'read-only'>;

const right: Definition = {
  name: 'list_units',
  title: 'List units',
  description: 'Lists units.',
  target: 'server',
  effect: 'read-only',
  input,
  data,
  combine: { rows: 'units', order: [{ by: 'size', direction: 'descending' }], columns: ['name', 'size'] },
  run: async () => ({ data: { units: [] } }),
};

/** What the compiler refuses in each case is on the line behind the comment; a type test needs no more than to be compiled. */
it('takes nothing that would fail only when it is called, by its types', () => {
  const { effect: _none, ...withoutEffect } = right;
  // @ts-expect-error -- nothing says what it does at worst
  const missing: Definition = withoutEffect;
  const wrong: Definition[] = [
    missing,
    // @ts-expect-error -- an answer that does not fit `data`
    { ...right, run: async () => ({ data: { units: [{ name: 'a', size: '1' }] } }) },
    // @ts-expect-error -- a command that nobody has quoted
    { ...right, run: async ({ unit }, { exec }) => ({ exec: await exec(`ls ${unit}`) }) },
    { ...right, run: async ({ unit }, { exec }) => ({ exec: await exec(sh`ls ${unit}`) }) },
    // @ts-expect-error -- the context has no such thing
    { ...right, run: async (_input, { spawn }) => ({ output: String(spawn) }) },
    // @ts-expect-error -- no argument of that name
    { ...right, run: async ({ service }) => ({ output: String(service) }) },
    // @ts-expect-error -- no argument of that name that could take what follows `--`
    { ...right, cli: { rest: 'command' } },
  ];
  expect(wrong).not.toHaveLength(0);
});

it('takes no table of what rows do not have, by its types', () => {
  const { combine: _none, ...parts } = right;
  expect(() =>
    defineTool({ ...parts, combine: { rows: 'units', order: [], columns: ['name', 'server'] } }),
  ).not.toThrow();
  // @ts-expect-error -- rows have no such field
  expect(() => defineTool({ ...parts, combine: { rows: 'units', order: [], columns: ['kib'] } })).toThrow('"kib"');
  const order = [{ by: 'kib' as const, direction: 'ascending' as const }];
  // @ts-expect-error -- nor one to order them by
  expect(() => defineTool({ ...parts, combine: { rows: 'units', order, columns: ['name'] } })).toThrow('"kib"');
});
