import { describe, expect, it } from '@jest/globals';
import type { EntitlementRules, ToolManifest } from '@servonaut/contracts';
import fc from 'fast-check';
import type { EntitlementLevel } from '../auth/index.ts';
import { decide, visibleTools, type Allowed, type Limited, type Wanted } from './decide.ts';
import type { KnownServers, WantedServer } from './server-lists.ts';
import { levelsArbitrary, narrowed, wantedArbitrary } from './testing/arbitrary-levels.ts';

const UNLIMITED: Limited = {
  userId: '42',
  kind: 'credential',
  label: 'ci-bot',
  tools: null,
  commands: null,
  servers: null,
  levels: [],
};

const limits = (tools: string[] | null, servers: string[] | null): Limited => ({ ...UNLIMITED, tools, servers });

const LEVELS = {
  plan: { kind: 'plan', id: '42', label: 'free' },
  override: { kind: 'override', id: '42', label: 'olga' },
  credential: { kind: 'credential', id: 'cred-1', label: 'ci-bot' },
  delegation: { kind: 'delegation', id: 'd-1', label: 'alice' },
  theirPlan: { kind: 'plan', id: '7', label: 'team' },
} as const satisfies Record<string, Omit<EntitlementLevel, 'rules'>>;

/** A principal with rules of these levels. */
const ruled = (levels: Partial<Record<keyof typeof LEVELS, EntitlementRules>>): Limited => ({
  ...UNLIMITED,
  levels: Object.entries(levels).map(([name, rules]) => ({ ...LEVELS[name as keyof typeof LEVELS], rules })),
});

const web = (given: Partial<WantedServer> = {}): WantedServer => ({
  owner: null,
  name: 'web-1',
  labels: [{}],
  ...given,
});

const running = (given: Partial<Wanted> = {}): Wanted => ({ tool: 'run_command', server: web(), ...given });

function manifest(name: string, target: ToolManifest['target']): ToolManifest {
  const input_schema = { type: 'object' as const, properties: {} };
  return { name, title: name, description: name, target, effect: 'read-only', input_schema, idempotent: true };
}

describe('decide', () => {
  it.each([
    ['no limits', UNLIMITED, running()],
    ['a tool on the list', limits(['get_logs', 'run_command'], null), running()],
    ['a server by its name', limits(null, ['web-1']), running()],
    ['a server by a pattern', limits(null, ['db-1', 'web-*']), running()],
    ['a tool without a server, whatever the servers', limits(null, []), { tool: 'list_servers', server: null }],
    ['what a rule for another tool forbids', ruled({ plan: { get_logs: { allowed: false } } }), running()],
    [
      'a server by its label',
      ruled({ plan: { '*': { servers: ['label:role=web'] } } }),
      running({ server: web({ labels: [{ role: 'web' }] }) }),
    ],
    [
      "a server of somebody's by name and owner",
      limits(null, ['alice/web-*']),
      running({ server: web({ owner: 'alice' }) }),
    ],
    [
      "a server of somebody's as they call it",
      ruled({ delegation: { '*': { servers: ['web-1'] } } }),
      running({ server: web({ owner: 'alice' }) }),
    ],
    [
      'what the plan of somebody allows for theirs',
      ruled({ theirPlan: { '*': { servers: ['web-1'] } } }),
      running({ server: web({ owner: 'alice' }) }),
    ],
    ['as long as the longest', ruled({ plan: { '*': { timeout_seconds: 60 } } }), running({ timeoutSeconds: 60 })],
    [
      'a tool whose name all objects have',
      ruled({ plan: { run_command: { allowed: false } } }),
      running({ tool: 'constructor' }),
    ],
  ])('allows %s', (_what, principal, wanted) => {
    expect(decide(principal, wanted)).toMatchObject({ allowed: true });
  });

  it.each([
    ['a tool that is not on the list', limits(['get_logs'], null), running(), 'credential.tools'],
    ['any tool by an empty list', limits([], null), running({ server: null }), 'credential.tools'],
    ['a tool by a pattern: tools have none', limits(['*'], null), running(), 'credential.tools'],
    [
      'another tool, where only commands were approved',
      { ...UNLIMITED, commands: [] },
      running({ tool: 'get_logs' }),
      'credential.tools',
    ],
    ['a server that is not on the list', limits(null, ['db-*']), running(), 'credential.servers'],
    ['any server by an empty list', limits(null, []), running(), 'credential.servers'],
    [
      'another case of the name',
      limits(null, ['web-1']),
      running({ server: web({ name: 'WEB-1' }) }),
      'credential.servers',
    ],
    [
      "another user's server by a list of one's own",
      limits(null, ['*']),
      running({ server: web({ owner: 'alice' }) }),
      'credential.servers',
    ],
    [
      'a tool that the plan does not have',
      ruled({ plan: { run_command: { allowed: false } } }),
      running(),
      'plan.free/run_command.allowed',
    ],
    ['all tools', ruled({ override: { '*': { allowed: false } } }), running(), 'override.olga/*.allowed'],
    [
      'what may be called never',
      ruled({ credential: { '*': { per_day: 0 } } }),
      running(),
      'credential.ci-bot/*.per_day',
    ],
    [
      'what may be called never in a minute',
      ruled({ plan: { run_command: { per_minute: 0 } } }),
      running(),
      'plan.free/run_command.per_minute',
    ],
    [
      'what never may run',
      ruled({ plan: { run_command: { concurrent: 0 } } }),
      running(),
      'plan.free/run_command.concurrent',
    ],
    [
      'what one level denies and another allows',
      ruled({ plan: { '*': { servers: ['*'] } }, credential: { run_command: { servers: ['db-*'] } } }),
      running(),
      'credential.ci-bot/run_command.servers',
    ],
    [
      'what one rule of a level denies and another allows',
      ruled({ plan: { '*': { servers: ['db-*'] }, run_command: { servers: ['*'] } } }),
      running(),
      'plan.free/*.servers',
    ],
    [
      'a server without the label',
      ruled({ plan: { '*': { servers: ['label:role=db'] } } }),
      running(),
      'plan.free/*.servers',
    ],
    [
      'a server whose labels nobody tells',
      ruled({ plan: { '*': { servers: ['label:role=db'] } } }),
      running({ server: web({ labels: [] }) }),
      'plan.free/*.servers',
    ],
    [
      'a server that one of two executors describes otherwise',
      ruled({ plan: { '*': { servers: ['label:role=db'] } } }),
      running({ server: web({ labels: [{ role: 'db' }, { role: 'web' }] }) }),
      'plan.free/*.servers',
    ],
    [
      "a server of somebody's by the caller's own plan",
      ruled({ plan: { '*': { servers: ['web-1'] } } }),
      running({ server: web({ owner: 'alice' }) }),
      'plan.free/*.servers',
    ],
    [
      'longer than the longest',
      ruled({ plan: { '*': { timeout_seconds: 60 } } }),
      running({ timeoutSeconds: 61 }),
      'plan.free/*.timeout_seconds',
    ],
  ])('denies %s', (_what, principal, wanted, rule) => {
    expect(decide(principal, wanted)).toMatchObject({ allowed: false, rule });
  });

  it('names what was denied, whom it was denied, and who can change it', () => {
    expect(decide(limits(['get_logs'], null), running({ server: null }))).toEqual({
      allowed: false,
      rule: 'credential.tools',
      message: 'The credential "ci-bot" may not use the tool run_command.',
      nextStep: 'Ask whoever issued "ci-bot" for one whose list of tools includes it.',
    });
  });

  it('sends whoever has signed in to sign in again', () => {
    const principal: Limited = { ...UNLIMITED, kind: 'user', label: 'Claude Code', tools: [] };
    expect(decide(principal, running())).toEqual({
      allowed: false,
      rule: 'user.tools',
      message: 'The client "Claude Code" may not use the tool run_command.',
      nextStep: 'Sign in again from "Claude Code", and allow it.',
    });
  });

  it.each([
    ['plan', 'The plan "free"', 'Ask an admin of this coordinator to change it.'],
    ['override', 'What an admin has set for olga', 'Ask an admin of this coordinator to change it.'],
    ['credential', 'The credential "ci-bot"', 'Ask whoever issued "ci-bot" to change it.'],
    ['delegation', 'What alice lets you use', 'Ask alice to change it.'],
  ] as const)('says whose rule of a %s it is and who can change it', (level, whose, nextStep) => {
    const message = `${whose} does not allow run_command on the server web-1.`;
    expect(decide(ruled({ [level]: { '*': { servers: [] } } }), running())).toMatchObject({ message, nextStep });
  });

  it('says how long a run may be when a longer one was asked for', () => {
    expect(decide(ruled({ plan: { '*': { timeout_seconds: 60 } } }), running({ timeoutSeconds: 300 }))).toMatchObject({
      message: 'The plan "free" allows run_command to run for 60 s at most.',
      nextStep: 'Ask for a timeout_seconds of at most 60. Ask an admin of this coordinator to change it.',
      limit: 60,
    });
  });

  it('counts the calls of a user alike by the plan and by what an admin sets in its place', () => {
    const keyBy = (level: 'plan' | 'override') =>
      (decide(ruled({ [level]: { '*': { per_day: 5 } } }), running()) as Allowed).counts.map(({ key }) => key);
    expect(keyBy('override')).toEqual(keyBy('plan'));
  });

  it('holds a call to the least of all bounds, and counts it for each rule', () => {
    const decision = decide(
      ruled({
        plan: { '*': { timeout_seconds: 300, output_bytes: 4_096, per_minute: 60, concurrent: 5 } },
        credential: { run_command: { timeout_seconds: 30, output_bytes: 8_192, per_day: 10, per_minute: 6 } },
      }),
      running(),
    );
    expect(decision).toMatchObject({ allowed: true, timeoutSeconds: 30, outputBytes: 4_096 });
    expect((decision as Allowed).counts.map(({ key, window, limit }) => [key, window, limit])).toEqual([
      ['credential:cred-1:run_command', 'per_day', 10],
      ['user:42:*', 'per_minute', 60],
      ['credential:cred-1:run_command', 'per_minute', 6],
      ['user:42:*', 'concurrent', 5],
    ]);
  });

  it('never allows more when a list of the token is narrowed', () => {
    const name = fc.stringMatching(/^[ab*-]{0,6}$/);
    const list = fc.option(fc.array(name, { maxLength: 4 }), { nil: null });
    const narrower = (wide: readonly string[] | null, kept: number, added: string[]) =>
      wide === null ? added : wide.slice(0, kept);
    fc.assert(
      fc.property(list, list, fc.nat(4), fc.array(name), name, name, (tools, servers, kept, added, tool, server) => {
        const wanted = { tool, server: web({ name: server }) };
        const narrow = limits(narrower(tools, kept, added), narrower(servers, kept, added));
        if (!decide(narrow, wanted).allowed) return;
        expect(decide(limits(tools, servers), wanted).allowed).toBe(true);
      }),
    );
  });

  it('never allows more, longer, larger or oftener when a level or a rule is added or narrowed', () => {
    const wider = (wide: number | null, narrow: number | null) => (wide ?? Infinity) >= (narrow ?? Infinity);
    let allowed = 0;
    const property = fc.property(
      levelsArbitrary.chain((levels) => fc.tuple(fc.constant(levels), narrowed(levels))),
      wantedArbitrary,
      ([wideLevels, narrowLevels], wanted) => {
        const narrow = decide({ ...UNLIMITED, levels: narrowLevels }, wanted);
        if (!narrow.allowed) return;
        allowed += 1;
        const wide = decide({ ...UNLIMITED, levels: wideLevels }, wanted) as Allowed;
        expect(wide.allowed).toBe(true);
        expect(wider(wide.timeoutSeconds, narrow.timeoutSeconds)).toBe(true);
        expect(wider(wide.outputBytes, narrow.outputBytes)).toBe(true);
        for (const { key, window, limit } of wide.counts) {
          const same = narrow.counts.find((count) => count.key === key && count.window === window);
          expect(same?.limit).toBeLessThanOrEqual(limit);
        }
      },
    );
    fc.assert(property, { numRuns: 2_000 });
    expect(allowed).toBeGreaterThan(200);
  });
});

describe('a job', () => {
  const starting = running({ tool: 'start_job' });

  it('is held to what rules say of commands, and counts as one', () => {
    expect(decide(ruled({ plan: { run_command: { allowed: false } } }), starting)).toMatchObject({ allowed: false });
    expect(decide(ruled({ plan: { run_command: { servers: ['db-*'] } } }), starting)).toMatchObject({ allowed: false });
    expect(decide(ruled({ plan: { run_command: { per_day: 3 }, start_job: { per_day: 2 } } }), starting)).toMatchObject(
      {
        counts: [
          { key: 'user:42:run_command', limit: 3 },
          { key: 'user:42:start_job', limit: 2 },
        ],
      },
    );
  });

  it('is started by nobody who has approved commands, even where the tool is named', () => {
    const commands = [{ name: 'restart', template: 'systemctl restart nginx', parameters: {} }];
    for (const tools of [null, ['run_command', 'start_job']]) {
      expect(decide({ ...UNLIMITED, commands, tools }, starting)).toMatchObject({ allowed: false });
      expect(decide({ ...UNLIMITED, commands, tools }, running())).toMatchObject({ allowed: true });
    }
  });
});

describe('visible tools', () => {
  const NONE_KNOWN: KnownServers = { owner: null, entries: [] };
  const all = [manifest('run_command', 'server'), manifest('get_logs', 'server'), manifest('list_servers', 'executor')];
  const names = (principal: Limited, known: KnownServers = NONE_KNOWN) =>
    visibleTools(principal, all, known).map(({ name }) => name);

  it('are all without limits, in the given order', () => {
    expect(names(UNLIMITED)).toEqual(['run_command', 'get_logs', 'list_servers']);
  });

  it.each([
    ['is not on the list of the token', limits(['list_servers'], null), ['list_servers']],
    ['needs a server when no server is allowed', limits(null, []), ['list_servers']],
    [
      'needs a server when a rule leaves none',
      ruled({ plan: { get_logs: { servers: [] } } }),
      ['run_command', 'list_servers'],
    ],
    ['a rule does not allow', ruled({ credential: { run_command: { allowed: false } } }), ['get_logs', 'list_servers']],
    [
      'may be called never',
      ruled({ credential: { run_command: { per_day: 0 } }, plan: { get_logs: { concurrent: 0 } } }),
      ['list_servers'],
    ],
    ['nothing allows', ruled({ plan: { '*': { allowed: false } } }), []],
    [
      'is no approved command, where nothing is said of tools',
      { ...UNLIMITED, commands: [{ name: 'disk', template: 'df -h', parameters: {} }] },
      ['run_command'],
    ],
  ])('leave out what %s', (_what, principal, left) => expect(names(principal)).toEqual(left));

  const within = (servers: string[], rule: string[]): Limited => ({
    ...ruled({ plan: { run_command: { servers: rule } } }),
    servers,
  });

  it.each([
    ['a name that no rule allows', within(['web-1'], ['db-*']), false],
    ['a pattern that allows the name', within(['web-*'], ['web-1']), true],
    ['a pattern and another', within(['web-*'], ['db-*']), true],
    ['a name and labels that are not known', within(['web-1'], ['label:role=db']), true],
    ['servers of somebody else alone', within(['alice/web-1'], ['*']), false],
  ])('are, while no server is known, those that may be called by %s', (_what, principal, isThere) => {
    expect(names(principal).includes('run_command')).toBe(isThere);
  });

  it('are, where servers are known, those that may be called on one of them', () => {
    const entries = [
      { name: 'web-1', labels: { role: 'web' } },
      { name: 'db-1', labels: { role: 'db' } },
      { name: 'db-1', labels: { role: 'web' } },
    ];
    const sees = (servers: string[], rule: string[]) =>
      names(within(servers, rule), { owner: null, entries }).includes('run_command');
    expect(sees(['web-*'], ['label:role=web'])).toBe(true);
    expect(sees(['db-*'], ['label:role=web'])).toBe(false);
    expect(sees(['web-*'], ['db-*'])).toBe(false);
    expect(sees(['web-7'], ['*'])).toBe(false);
  });

  it('are never more when a level or a rule is added or narrowed', () => {
    const pair = levelsArbitrary.chain((levels) => fc.tuple(fc.constant(levels), narrowed(levels)));
    fc.assert(
      fc.property(pair, ([wide, narrow]) => {
        expect(names({ ...UNLIMITED, levels: wide })).toEqual(
          expect.arrayContaining(names({ ...UNLIMITED, levels: narrow })),
        );
      }),
    );
  });
});
