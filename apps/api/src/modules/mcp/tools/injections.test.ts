import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandTemplateSchema, renderTemplate, ServonautError } from '@servonaut/contracts';
import { hostileValues } from '@servonaut/testkit';
import fc from 'fast-check';
import { fillIn } from './filled-command.ts';

/** How many hostile values each shell gets. */
const VALUES = 1_000;
/** Most bytes that one shell gets, of commands that it runs one after the other: no argument is longer than 128 KiB (execve(2)). */
const BATCH_BYTES = 100_000;

type Shell = readonly [string, ...string[]];
const MANDATORY: readonly Shell[] = [['/bin/sh'], ['/bin/dash'], ['/bin/bash']];
const OPTIONAL: readonly Shell[] = [
  ['/bin/bash', '--posix'],
  ['/bin/busybox', 'sh'],
  ['/bin/ksh'],
  ['/bin/zsh'],
  ['/usr/bin/fish', '--no-config'],
];
const SHELLS = [...MANDATORY, ...OPTIONAL.filter(([path]) => existsSync(path))];

const values = hostileValues('touch RAN', VALUES);

/** Each argument on its own, since a value that became two would say so. */
const template = commandTemplateSchema.parse({
  name: 'show',
  template: String.raw`printf '[%s]\000' a{x}b {x} --unit={x} "q"{x}'q'`,
  // The worst that can be approved: anything.
  parameters: { x: { pattern: '(?s).*', max_length: 4_096 } },
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-injections-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function outputOf([program, ...args]: Shell, command: string): Promise<string> {
  const child = spawn(program, [...args, '-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), once(child, 'close')]);
  expect(Buffer.concat(stderr).toString()).toBe('');
  return Buffer.concat(stdout).toString();
}

/** What a shell makes of each command, in batches. */
async function argumentsSeenBy(shell: Shell, commands: readonly string[]): Promise<string[]> {
  const seen: string[] = [];
  for (const batch of batchesOf(commands)) seen.push(...(await outputOf(shell, batch)).split('\0').slice(0, -1));
  return seen;
}

function batchesOf(commands: readonly string[]): string[] {
  const batches = [''];
  for (const command of commands) {
    const batch = `${batches.at(-1)}${command}\n`;
    if (Buffer.byteLength(batch) > BATCH_BYTES) batches.push(`${command}\n`);
    else batches[batches.length - 1] = batch;
  }
  return batches;
}

function expected(value: string): string[] {
  return [`[a${value}b]`, `[${value}]`, `[--unit=${value}]`, `[q${value}q]`];
}

/** The command, or undefined when the value is refused. */
function unlessRefused(make: () => string): string | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ServonautError && error.code === 'invalid_request') return undefined;
    throw error;
  }
}

describe('hostile values of a parameter whose pattern allows anything', () => {
  it('are all different, and most of them are taken', () => {
    expect(new Set(values).size).toBeGreaterThan(VALUES * 0.95);
    const taken = values.filter((x) => unlessRefused(() => fillIn(template, { x })) !== undefined);
    expect(taken.length).toBeGreaterThan(VALUES / 2);
    // oxlint-disable-next-line no-control-regex -- what is to be refused
    expect(taken.filter((value) => /^-|[\0-\x1f\x7f-\x9f\u2028\u2029]/u.test(value) || !value.isWellFormed())).toEqual(
      [],
    );
  });

  it.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
    'are one argument each in %s',
    async (_name, shell) => {
      const taken = values.flatMap((x) => {
        const command = unlessRefused(() => fillIn(template, { x }));
        return command === undefined ? [] : [{ x, command }];
      });
      const seen = await argumentsSeenBy(
        shell,
        taken.map(({ command }) => command),
      );
      expect(seen).toEqual(taken.flatMap(({ x }) => expected(x)));
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it.each(MANDATORY.map((shell) => [shell.join(' '), shell] as const))(
    'would be one argument in %s even if nothing but the quoting held them',
    async (_name, shell) => {
      const carried = values.flatMap((x) => {
        const command = unlessRefused(() => renderTemplate(template.template, new Map([['x', x]])));
        return command === undefined || command.length > BATCH_BYTES / 4 ? [] : [{ x, command }];
      });
      expect(carried.length).toBeGreaterThan(VALUES * 0.9);
      const seen = await argumentsSeenBy(
        shell,
        carried.map(({ command }) => command),
      );
      expect(seen).toEqual(carried.flatMap(({ x }) => expected(x)));
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});

describe('a template that is accepted', () => {
  // prettier-ignore
  const pieces = [
    '{x}', '{x}', '{x}', "'", '"', '#', '$', '$(', '`', ')', '((', '))', '<<', '<', '>', ';', '|', '&', '!', '\\', '\\\\', "\\'", '\\"', ' ', ' ',
    ' ', 'x', '=', 'a=', '$x', '{{', '}}', '[', '[[ ', 'eval ', 'sh -c ', 'if ', 'then ',
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => `: ${parts.join('')}`);
  const hostile = fc.constantFrom(...values.filter((value) => value.length < 200));

  it.each(MANDATORY.map((shell) => [shell.join(' '), shell] as const))(
    'never runs a value in %s, whatever its author has written around it',
    async (_name, shell) => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(text, hostile, async (written, x) => {
          const parameters = written.includes('{x}') ? { x: { pattern: '.*' } } : {};
          const parsed = commandTemplateSchema.safeParse({ name: 'it', template: written, parameters });
          const command = parsed.success && unlessRefused(() => renderTemplate(written, new Map([['x', x]])));
          if (typeof command !== 'string' || !written.includes('{x}')) return;
          run += 1;
          const child = spawn(shell[0], ['-c', command], { cwd: folder, stdio: 'ignore' });
          await once(child, 'close');
          expect(readdirSync(folder)).not.toContain('RAN');
          for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
        }),
        { numRuns: 5_000 },
      );
      expect(run).toBeGreaterThan(200);
    },
  );
});
