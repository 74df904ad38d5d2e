import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defineTool, rawShell, sh, z, type AnyTool, type ToolContext } from '@servonaut/plugin-sdk';
import { findProgram, hostileValues, temporaryFolder, unlessMissing } from '@servonaut/testkit';
import { exampleCalls, type ExampleCalls } from './testing/example-calls.ts';
import { firstPartyTools } from './testing/first-party-tools.ts';
import { CANARY, HostileCaller, type Executed, type HostileCount, type Userland } from './testing/hostile-calls.ts';
import { hostilePlaces } from './testing/hostile-places.ts';

/** `INJECTIONS=all`: every string in every place of every example. */
const ALL = process.env['INJECTIONS'] === 'all';
const STRINGS = hostileValues(CANARY, 1_000);
/** Otherwise each place gets one way out of each kind of quoting, and every so-manieth of the 1,000, other ones than the place before. */
const CORE = ['; @', '$(@)', "'; @; '", '"; @; "', '\n@\n'].map((text) => text.replaceAll('@', CANARY));
const STEP = 250;
/** Shells at once. */
const CALLERS = 3;
const BUSYBOX = findProgram('busybox');

const OWN: Userland = {
  name: 'the programs of this machine',
  shell: ['/bin/sh'],
  path: '/usr/sbin:/usr/bin:/sbin:/bin',
  isSecond: false,
};

async function busybox(): Promise<Userland> {
  const path = join(await temporaryFolder(), 'applets');
  mkdirSync(path);
  execFileSync(BUSYBOX ?? 'busybox', ['--install', '-s', path]);
  return { name: 'busybox', shell: [BUSYBOX ?? 'busybox', 'sh'], path, isSecond: true };
}

/** One half by themselves and the other within the usual words; with the other userland the other way round. */
function stringsFor(at: number, usual: string, { isSecond }: Userland): readonly string[] {
  const some = ALL ? STRINGS : [...CORE, ...STRINGS.filter((_, index) => (index + at * 7) % STEP === 0)];
  return some.map((text, index) => ((index % 2 === 0) === isSecond ? text : within(usual, text)));
}

/** Behind the first word of a name, since some tools go by its end. */
function within(usual: string, text: string): string {
  return usual.replace(/^(?:.*\/)?[^./]*/, (start) => start + text);
}

interface Outcome {
  readonly count: HostileCount;
  readonly executed: readonly Executed[];
}

async function tryAll(tools: readonly AnyTool[], userland: Userland, examples: ExampleCalls): Promise<Outcome> {
  const folder = realpathSync(await temporaryFolder());
  const callers = Array.from({ length: CALLERS }, (_, at) => new HostileCaller(join(folder, String(at)), userland));
  let next = 0;
  const tried = callers.map(async (caller) => {
    try {
      const places = hostilePlaces(tools, examples(caller.folder));
      for (let at = next++; at < places.length; at = next++) {
        const place = places[at];
        if (place) await caller.try(place, stringsFor(at, place.usual, userland));
      }
    } finally {
      await caller.close();
    }
  });
  await Promise.all(tried);
  const count = callers.map((caller) => caller.count).reduce(sum);
  return { count, executed: callers.flatMap((caller) => caller.executed) };
}

function sum(one: HostileCount, other: HostileCount): HostileCount {
  const names = Object.keys(one) as (keyof HostileCount)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as HostileCount;
}

/** Tools that are wrong in one way each. */
function mutant(name: string, run: (value: string, context: ToolContext) => Promise<unknown>): AnyTool {
  return defineTool({
    name,
    title: 'A mutant',
    description: 'Quotes badly.',
    target: 'server',
    effect: 'read-only',
    input: z.object({
      paths: z.array(z.string().describe('A path.')).optional().describe('Paths.'),
      env: z.record(z.string(), z.string()).optional().describe('Variables.'),
    }),
    run: async ({ paths, env = {} }, context) => {
      for (const value of [...(paths ?? []), ...Object.keys(env)]) await run(value, context);
      for (const value of Object.values(env)) await context.exec(sh`: ${value}`);
      return { output: 'done' };
    },
  });
}

describe('hostile strings in the arguments of every tool', () => {
  const run = async (userland: Userland): Promise<void> => {
    const begun = performance.now();
    const { count, executed } = await tryAll(await firstPartyTools(), userland, exampleCalls);
    const seconds = Math.round((performance.now() - begun) / 1_000);
    if (ALL) console.info(`${userland.name}: ${JSON.stringify({ ...count, executed: executed.length, seconds })}`);
    expect(executed).toEqual([]);
    expect(count.reachedShell).toBeGreaterThan(count.calls / 4);
  };

  it('are run by none, with the programs of this machine', () => run(OWN), 3_600_000);
  unlessMissing(it, BUSYBOX ? undefined : 'busybox')(
    'are run by none, with busybox',
    async () => run(await busybox()),
    3_600_000,
  );

  it.each<[string, Parameters<typeof mutant>[1]]>([
    ['nothing', (value, { exec }) => exec(rawShell(`: ${value}`))],
    ['by its own ticks', (value, { exec }) => exec(rawShell(`: '${value}'`))],
    ['by double quotes', (value, { exec }) => exec(rawShell(`: "${value}"`))],
    ['for one shell of two', (value, { exec }) => exec(rawShell(`sh -c ${sh`${`: ${value}`}`.text}`))],
  ])('are found where a tool quotes %s', async (_how, quotes) => {
    const examples: ExampleCalls = () => ({ mutant: [{ paths: ['/a'], env: { A: 'x' } }] });
    const { executed } = await tryAll([mutant('mutant', quotes)], OWN, examples);
    expect([...new Set(executed.map(({ place }) => place))].toSorted()).toEqual(['env.(name)', 'paths.*']);
  });

  it('are not forgotten for a new tool or argument', () => {
    const tool = mutant('new_tool', async () => undefined);
    const none = 'new_tool has no example of a call. Add one to testing/example-calls.ts.';
    expect(() => hostilePlaces([tool], {})).toThrow(none);
    expect(() => hostilePlaces([tool], { new_tool: [{ paths: ['x'] }] })).toThrow('text in env.(name)');
  });
});
