import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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
/** Two names of one program are one shell. */
const MANDATORY: readonly Shell[] = [
  ...new Map<string, Shell>(['/bin/sh', '/bin/dash', '/bin/bash'].map((path) => [realpathSync(path), [path]])).values(),
];
const OPTIONAL: readonly Shell[] = [
  ['/bin/bash', '--posix'],
  ['/bin/busybox', 'sh'],
  ['/bin/ksh'],
  ['/bin/zsh'],
  ['/usr/bin/fish', '--no-config'],
  ['/bin/tcsh', '-f'],
];
const SHELLS = [...MANDATORY, ...OPTIONAL.filter(([path]) => existsSync(path))];
/** The optional ones get every fourth, unless all are asked for by `INJECTIONS=all`. */
const SHARE = process.env['INJECTIONS'] === 'all' ? 1 : 4;

function partFor<Item>(shell: Shell, all: readonly Item[]): readonly Item[] {
  return MANDATORY.includes(shell) ? all : all.filter((_, at) => at % SHARE === 0);
}

const values = hostileValues('touch RAN', VALUES);

/** Programs that there are: names which shells have a builtin or a keyword of their own for, too. */
const NAMES = [
  'show',
  'echo',
  'test',
  'printf',
  'cd',
  'export',
  'trap',
  'time',
  'if',
  'set',
  'alias',
  'read',
  'source',
  'end',
];

/** Each argument on its own, since a value that became two would say so. */
const template = commandTemplateSchema.parse({
  name: 'show',
  template: 'show a{x}b {x} --unit={x} {{{x}}}',
  // The worst that can be approved: anything.
  parameters: { x: { pattern: '.*', max_length: 4_096 } },
});

let folder: string;
let programs: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-injections-'));
  programs = mkdtempSync(join(tmpdir(), 'servonaut-programs-'));
  // Shows what it was called with, each argument on its own.
  for (const name of NAMES)
    writeFileSync(join(programs, name), `#!/bin/sh\nprintf '[%s]\\000' "$@"\n`, { mode: 0o755 });
});
afterAll(() => {
  for (const each of [folder, programs]) rmSync(each, { recursive: true, force: true });
});

async function outputOf([program, ...args]: Shell, command: string): Promise<string> {
  const env = { ...process.env, PATH: `${programs}:${process.env['PATH']}` };
  const child = spawn(program, [...args, '-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  return [`[a${value}b]`, `[${value}]`, `[--unit=${value}]`, `[{${value}}]`];
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
      const taken = partFor(shell, values).flatMap((x) => {
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
    '{x}', '{x}', '{x}', '{y}', '{y}', ' ', ' ', ' ', ' ', '-', '--', '-c', '=', 'a=', '/', '.', '..', ':', ',', '@', '%', '%s', '+', '_', '1', '{{', '}}', 'x', 'NULL',
    'then', 'do', 'env', 'sh', 'sudo', "'", '"', '#', '$', '`', '<', '>', ';', '|', '&', '!', '\\', '*', '~', '[', '[[', '((', '\n', 'é',
  ];
  const arguments_ = fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
    .map((parts) => parts.join(''));
  const written = fc.tuple(fc.constantFrom(...NAMES), arguments_);
  const hostile = fc.constantFrom(...values.filter((value) => value.length < 200));
  const any = fc.string({ unit: 'binary', maxLength: 20 });
  const value = fc.oneof(hostile, any);

  /** Commands that were accepted, each with the arguments that its program is to get. */
  function accepted(count: number): { command: string; seen: string[] }[] {
    const samples = fc.sample(fc.tuple(written, value, value), { numRuns: count, seed: 1 });
    return samples.flatMap(([[name, rest], x, y]) => {
      const parameters = Object.fromEntries(
        ['x', 'y'].filter((one) => rest.includes(`{${one}}`)).map((one) => [one, { pattern: '.*' }]),
      );
      const parsed = commandTemplateSchema.safeParse({ name: 'it', template: `${name} ${rest}`, parameters });
      if (!parsed.success || Object.keys(parameters).length === 0) return [];
      const given = Object.fromEntries(Object.keys(parameters).map((one) => [one, one === 'x' ? x : y]));
      const command = unlessRefused(() => fillIn(parsed.data, given));
      return command === undefined ? [] : [{ command, seen: argumentsOf(rest, x, y) }];
    });
  }

  /** Written down a second time, by what the documentation says: words by spaces, then values and braces in each. */
  function argumentsOf(rest: string, x: string, y: string): string[] {
    const braces: Readonly<Record<string, string>> = { '{x}': x, '{y}': y, '{{': '{', '}}': '}' };
    return rest
      .split(' ')
      .filter((text) => text !== '')
      .map((text) => `[${text.replaceAll(/\{\{|\}\}|\{[xy]\}/g, (found) => braces[found] ?? '')}]`);
  }

  const commands = accepted(15_000);

  it.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
    'has its program in %s get exactly its words, whatever it is called and whatever the values are',
    async (_name, shell) => {
      expect(commands.length).toBeGreaterThan(300);
      const given = partFor(shell, commands);
      const seen = await argumentsSeenBy(
        shell,
        given.map(({ command }) => command),
      );
      expect(seen).toEqual(given.flatMap((one) => one.seen));
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
