import { describe, expect, it } from '@jest/globals';
import { toolManifestSchema } from '@servonaut/contracts';
import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import type { ToolDefinition } from './tool-definition.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the erased form, so that a case can replace any part
type AnyDefinition = ToolDefinition<any, any> & { readonly combine?: any };

const restart: AnyDefinition = {
  name: 'restart_service',
  title: 'Restart a service',
  description: 'Restarts one systemd service.',
  target: 'server',
  effect: 'mutating',
  input: z.object({
    unit: z
      .string()
      .regex(/^[a-z]+$/)
      .describe('Name of the unit.'),
    pattern: z.string().startsWith('/').optional().describe('An argument of this name.'),
  }),
  run: async () => ({ output: 'done' }),
};

describe('defineTool', () => {
  it('derives from the input what agents see, with the arguments that every tool on a server has', () => {
    expect(defineTool(restart).manifest).toEqual({
      name: 'restart_service',
      title: 'Restart a service',
      description: 'Restarts one systemd service.',
      target: 'server',
      effect: 'mutating',
      idempotent: false,
      input_schema: {
        type: 'object',
        properties: {
          server: expect.objectContaining({ type: 'string', maxLength: 128 }),
          unit: { type: 'string', description: 'Name of the unit.' },
          pattern: { type: 'string', description: 'An argument of this name.' },
          timeout_seconds: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 3_600, default: 60 }),
        },
        required: ['server', 'unit'],
        additionalProperties: false,
      },
    });
  });

  it('gives a tool for the executor no server', () => {
    const { manifest } = defineTool({
      ...restart,
      target: 'executor',
      input: z.object({}),
      data: z.object({ n: z.int() }),
    });
    expect(manifest.input_schema).toEqual({ type: 'object', properties: {}, additionalProperties: false });
    expect(manifest.data_schema).toMatchObject({ type: 'object', required: ['n'] });
  });

  it('makes a manifest that the wire takes as it is, and that nobody can change', () => {
    const tool = defineTool(restart);
    expect(toolManifestSchema.parse(JSON.parse(JSON.stringify(tool.manifest)))).toEqual(tool.manifest);
    expect(() => Object.assign(tool.manifest.input_schema.properties, { evil: {} })).toThrow(TypeError);
    expect(() => Object.assign(tool, { run: undefined })).toThrow(TypeError);
  });

  it('refuses arguments that the input does not name, and keeps its refinements', () => {
    const { input } = defineTool<z.ZodObject, z.ZodObject>({
      ...restart,
      input: z.object({ a: z.string().describe('A.') }).refine(({ a }) => a !== 'no'),
    });
    expect([{ a: 'yes' }, { a: 'yes', b: 1 }, { a: 'no' }].map((given) => input.safeParse(given).success)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tells with the manifest how the answers of many servers become one', () => {
    const data = z.object({ mounts: z.array(z.object({ path: z.string(), used: z.number() })) });
    const tool = defineTool({
      ...restart,
      data,
      combine: { rows: 'mounts', order: [{ by: 'used', direction: 'descending' }], columns: ['path', 'used'] },
    });
    expect(tool.manifest.combine).toEqual(tool.combine);
  });

  const rows = z.object({ rows: z.array(z.object({ a: z.string(), n: z.number() })), total: z.int() });
  const combined = (given: object): Partial<AnyDefinition> => ({
    data: rows,
    combine: { rows: 'rows', order: [], columns: ['a'], ...given },
  });
  it('takes no call for worse than the tool, by its types', () => {
    const { effectOf: _none, ...parts } = restart;
    defineTool({ ...parts, input: z.object({}), effect: 'mutating', effectOf: () => 'read-only' });
    // @ts-expect-error -- a privileged call of a tool that is mutating
    defineTool({ ...parts, input: z.object({}), effect: 'mutating', effectOf: () => 'privileged' });
    expect.assertions(0);
  });

  it.each<[string, Partial<AnyDefinition>, RegExp]>([
    ['nothing to combine', { combine: { order: [], columns: ['a'] } }, /no list of objects/],
    ['rows that are none', combined({ rows: 'total' }), /no list of objects called "total"/],
    ['a key that rows do not have', combined({ key: 'b', columns: ['b'] }), /rows have no field "b"/],
    ['sums without a key', combined({ sum: ['n'] }), /without a key/],
    ['a column that is lost when rows become one', combined({ key: 'a', columns: ['a', 'n'] }), /many servers .* "n"/],
    ['an order by what is not there', combined({ order: [{ by: 'x', direction: 'ascending' }] }), /no field "x"/],
    ['no servers to combine', { ...combined({}), target: 'executor' }, /no server/],
    ['a name with a space', { name: 'restart service' }, /name/],
    ['a long name', { name: 'x'.repeat(41) }, /name/],
    ['a description with a line break', { description: 'a\nb' }, /description/],
    ['a description over the limit', { description: 'x'.repeat(2_001) }, /description/],
    ['an argument without a description', { input: z.object({ a: z.string() }) }, /describe the argument "a"/],
    [
      'a nested argument without one',
      { input: z.object({ a: z.array(z.object({ b: z.string() })).describe('A.') }) },
      /"a\[\]\.b"/,
    ],
    ['an argument of the product', { input: z.object({ server: z.string().describe('S.') }) }, /"server"/],
    ['an approval of another kind', { approval: 'never' as 'always' }, /approval can only be "always"/],
    [
      'two ways to say what a call does',
      { effectOf: () => 'mutating', commands: () => [] },
      /"commands" and "effectOf"/,
    ],
    ['a type that JSON does not have', { input: z.object({ a: z.date().describe('A.') }) }, /JSON Schema/],
    ['a recursive input', { input: z.object({ a: z.json().describe('A.') }) }, /uses "\$/],
  ])('refuses %s, naming the tool', (_what, fault, message) => {
    const define = (): unknown => defineTool({ ...restart, ...fault });
    expect(define).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }),
    );
    expect(define).toThrow(/^The tool "/);
  });
});
