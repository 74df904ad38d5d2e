import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import type { PolicyQuestion } from './policy.ts';
import { PolicyFile } from './policy-file.ts';

let path: string;
const changes: string[] = [];
let later: number;
const open = () =>
  new PolicyFile(
    path,
    (message) => changes.push(message),
    () => Date.now() + later,
  );
/** Root may read everything, so it asks as nobody. */
function asNobody<T>(ask: () => T): T {
  if (process.getuid?.() !== 0) return ask();
  process.seteuid?.('nobody');
  try {
    return ask();
  } finally {
    process.seteuid?.(0);
  }
}
/** A file that allows one tool and nothing else. */
const allowing = (tool: string) => `version: 1
approval: never
rules: [{ name: one, decision: allow, tools: [${tool}] }]
`;
const agent = { kind: 'user', id: '42', label: 'alice' } as const;
const asked = (tool: string, given: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  tool,
  effect: 'mutating',
  server: { name: 'web-1', labels: {} },
  input: {},
  principal: agent,
  commands: undefined,
  now: new Date(),
  ...given,
});
const ALLOWED = { decision: 'allow', rule: 'one' };
const BY_LEVEL = { decision: 'deny', rule: 'level' };
const BROKEN = { decision: 'deny', rule: 'policy.yaml' };

/** A file with one rule, of which this is the fifth line. */
const ruleWith = (line: string) => `version: 1\nrules:\n  - name: a\n    decision: allow\n    ${line}\n`;

/** Lines of a map of lists, each of which names the one before twice. */
const doublings = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `b${index}: &b${index} [${index ? `*b${index - 1},*b${index - 1}` : '*a,*a'}]\n`,
  ).join('');

beforeEach(async () => {
  path = join(await temporaryFolder(), 'policy.yaml');
  changes.length = 0;
  later = 0;
});

describe('policy.yaml', () => {
  it('may be missing, and holds from the next request on once it is there', () => {
    const policy = open();
    expect(policy.decide(asked('run_command'))).toMatchObject({ decision: 'ask', rule: 'level' });
    expect(policy.decide(asked('get_logs', { effect: 'read-only' }))).toMatchObject({
      decision: 'allow',
      rule: 'level',
    });
    expect(policy.decide(asked('run_command', { principal: undefined }))).toMatchObject({
      rule: 'operators-own-calls',
    });
    writeFileSync(path, allowing('get_logs'));
    expect(policy.decide(asked('run_command'))).toMatchObject(BY_LEVEL);
    expect(policy.decide(asked('get_logs'))).toMatchObject(ALLOWED);
    expect(changes).toEqual([`${path} has changed and holds from now on.`]);
  });

  it.each([
    ['written over', (text: string) => writeFileSync(path, text)],
    [
      'replaced',
      (text: string) => {
        writeFileSync(`${path}.new`, text);
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'linked elsewhere',
      (text: string) => {
        writeFileSync(`${path}.target`, text);
        symlinkSync(`${path}.target`, `${path}.new`);
        renameSync(`${path}.new`, path);
      },
    ],
  ])('holds from the next request on when it was %s, even with the same length and times', (_, change) => {
    writeFileSync(path, allowing('aaaa'));
    utimesSync(path, 1_000, 1_000);
    const policy = open();
    for (const tool of ['bbbb', 'cccc', 'dddd']) {
      expect(policy.decide(asked(tool))).toMatchObject(BY_LEVEL);
      change(allowing(tool));
      utimesSync(path, 1_000, 1_000);
      expect(policy.decide(asked(tool))).toMatchObject(ALLOWED);
    }
    expect(changes).toHaveLength(3);
  });

  it.each([
    ['has a field that it does not know', 'version: 1\nlevel: readonly\ndeny_tools: [x]\n', ', line 3'],
    ['is of before there were rules', 'allow_tools: [get_logs]\n', ', line 1'],
    ['has a rule with a field that it does not know', ruleWith('command: x'), ', line 5'],
    ['has a list that is none', ruleWith('servers: web-1'), ', line 5'],
    ['has a list of nothing', ruleWith('classes: []'), ', line 5'],
    ['has a level that is none', 'version: 1\nlevel: read-only\n', ', line 2'],
    ['is of another version', 'version: 2\n', ', line 1'],
    ['says no version', 'level: readonly\n', ', line 1'],
    ['has a server that is none', ruleWith('servers: ["we b"]'), ', line 5'],
    ['has a principal that is none', ruleWith('principals: [alice]'), ', line 5'],
    ['has a tool that is none', ruleWith('tools: ["run command"]'), ', line 5'],
    ['has a class that is none', ruleWith('classes: [readonly]'), ', line 5'],
    ['has a folder that is not absolute', ruleWith('directories: [srv/**]'), ', line 5'],
    ['has a folder that goes back up', ruleWith('directories: [/srv/../etc]'), ', line 5'],
    ['has a day that is none', ruleWith('times: [{ zone: UTC, days: [monday] }]'), ', line 5'],
    ['has a time that is none', ruleWith('times: [{ zone: UTC, from: "8:00" }]'), ', line 5'],
    ['has a window of no time', ruleWith('times: [{ zone: UTC, from: "08:00", to: "08:00" }]'), ', line 5'],
    ['has a zone that is none', ruleWith('times: [{ zone: Europe/Nowhere }]'), ', line 5'],
    ['has two rules of one name', `${ruleWith('tools: [x]')}  - { name: a, decision: deny }\n`, ', line 6'],
    ['has a rule that poses as the level', 'version: 1\nrules:\n  - { name: level, decision: deny }\n', ', line 3'],
    ['has a pattern that is none', 'version: 1\nredact:\n  patterns: [{ name: a, pattern: "(" }]\n', ', line 3'],
    [
      'has a pattern that fits nothing at all',
      'version: 1\nredact:\n  patterns: [{ name: a, pattern: "x*" }]\n',
      ', line 3',
    ],
    ['has a command of a class that is none', 'version: 1\ncommands:\n  deploy: harmless\n', ', line 3'],
    ['is not YAML', 'version: 1\n[\n', ', line 2'],
    ['has a pattern that begins with * without quotes', ruleWith('servers: [*-web]'), ', line 5'],
    ['has an alias as a key', '*all : [get_logs]\n', ', line 1'],
    ['holds itself', '&all\nlevels: [*all]\n', ', line 2'],
    ['doubles with every line', `a: &a [x]\n${doublings(40)}`, ', line 2'],
    ['has a field twice', 'version: 1\nversion: 1\n', ', line 2'],
    ['is indented by tabs', 'levels:\n\t- get_logs\n', ', line 2'],
    ['is deeper than the stack', 'levels: '.concat('['.repeat(20_000), ']'.repeat(20_000), '\n'), ', line 1'],
    ['holds NUL, as after a crash of the machine', `version: 1\n#${'\0'.repeat(100)}\n`, ', line 2'],
    ['is of 10 MB', 'levels:\n'.concat('- get_logs\n'.repeat(1_000_000)), ''],
    ['holds more than one document', `version: 1\n---\n${allowing('get_logs')}`, ', line 2'],
    ['hides its rules from the schema', 'version: 1\n__proto__: { level: dangerous }\n', ', line 2'],
    ['is empty, as while it is being saved', '', ''],
    ['holds comments alone', '# version: 1\n', ''],
  ])('that %s refuses everything, naming file and line, until it is mended', (_, text, line) => {
    writeFileSync(path, allowing('get_logs'));
    const policy = open();
    writeFileSync(path, text);
    for (const tool of ['get_logs', 'list_servers'])
      expect(policy.decide(asked(tool, { effect: 'read-only', principal: undefined }))).toEqual({
        ...BROKEN,
        class: 'forbidden',
        commands: [],
        policyVersion: policy.version,
        message: `The operator's policy is not valid (policy.yaml${line}), so nothing is run until it is mended.`,
      });
    expect(changes).toEqual([expect.stringContaining(`Everything is refused until the policy is mended. ${path}`)]);
    writeFileSync(path, allowing('get_logs'));
    expect(policy.decide(asked('get_logs'))).toMatchObject(ALLOWED);
    expect(changes).toHaveLength(2);
  });

  it.each([
    ['a folder', () => mkdirSync(path)],
    ['a link to itself', () => symlinkSync(path, path)],
    ['a link that leads nowhere', () => symlinkSync(`${path}.gone`, path)],
    ['a pipe that nobody writes to', () => execFileSync('mkfifo', [path])],
    [
      'a file of 3 GB',
      () => {
        writeFileSync(path, '');
        truncateSync(path, 3 * 1024 ** 3);
      },
    ],
  ])('that is %s refuses everything, and stops the start', (_, put) => {
    const policy = open();
    put();
    for (const tool of ['get_logs', 'list_servers']) expect(policy.decide(asked(tool))).toMatchObject(BROKEN);
    expect(changes).toEqual([expect.stringContaining('Everything is refused until the policy is mended.')]);
    expect(open).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(path) }));
  });

  it('that the executor may not read refuses everything, and stops the start', () => {
    chmodSync(dirname(path), 0o711);
    const policy = asNobody(open);
    writeFileSync(path, allowing('get_logs'), { mode: 0o000 });
    expect(asNobody(() => policy.decide(asked('get_logs')))).toMatchObject(BROKEN);
    expect(() => asNobody(open)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('in a folder that the executor may not enter stops the start', () => {
    chmodSync(dirname(path), 0o000);
    expect(() => asNobody(open)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    chmodSync(dirname(path), 0o700);
  });

  it('that was never readable refuses everything when it is taken away', () => {
    const policy = open();
    mkdirSync(path);
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
    rmSync(path, { recursive: true });
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
  });

  it('that is taken away refuses everything: less may not become more', () => {
    const policy = open();
    writeFileSync(path, allowing('get_logs'));
    expect(policy.decide(asked('get_logs'))).toMatchObject(ALLOWED);
    rmSync(path);
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
    writeFileSync(path, allowing('run_command'));
    expect(policy.decide(asked('run_command'))).toMatchObject(ALLOWED);
  });

  it('that ends early refuses everything, until it has stayed so for a moment', () => {
    const denying = 'version: 1\nlevel: standard\nrules:\n  - { name: one, decision: deny, tools: [get_logs] }\n';
    writeFileSync(path, denying);
    const policy = open();
    expect(policy.decide(asked('get_logs'))).toMatchObject({ decision: 'deny', rule: 'one' });
    writeFileSync(path, denying.slice(0, denying.indexOf('rules:')));
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
    expect(changes).toEqual([expect.stringContaining('is the beginning of what it was')]);
    later = 3_000;
    expect(policy.decide(asked('get_logs'))).toMatchObject({ decision: 'allow', rule: 'level' });
    expect(changes).toHaveLength(2);
  });

  it('that ends early, within a line, refuses everything for good', () => {
    writeFileSync(path, 'version: 1\nlevel: standard # for now\n');
    const policy = open();
    writeFileSync(path, 'version: 1\nlevel: standard # f');
    later = 60_000;
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
    writeFileSync(path, 'version: 1\nlevel: standard\n');
    expect(policy.decide(asked('get_logs'))).toMatchObject({ decision: 'allow' });
  });

  it.each(['levels: [\n', 'levels: [*-web]\n'])('that is broken at the start stops the start: %j', (text) => {
    writeFileSync(path, text);
    expect(open).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`${path}, line `) }),
    );
  });

  it('has a version that changes with everything in it, and with nothing else', () => {
    const policy = open();
    const versions = [policy.version];
    const texts = [
      'version: 1\n',
      allowing('get_logs'),
      allowing('run_command'),
      'version: 1\ncommands: { deploy: mutating }\n',
    ];
    for (const text of texts) {
      writeFileSync(path, text);
      versions.push(policy.version);
    }
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions[0]).toMatch(/^[\w-]{43}$/);
    writeFileSync(path, '# The same.\nversion: 1\nlevel: readonly\n');
    expect(policy.version).toBe(versions[1]);
    expect(policy.decide(asked('get_logs')).policyVersion).toBe(policy.version);
  });

  it.each([
    ['anybody may write', () => chmodSync(path, 0o646)],
    ['is of somebody else', () => chownSync(path, 1, 1)],
    [
      'is of somebody else, behind a link',
      () => (chownSync(path, 1, 1), renameSync(path, `${path}.1`), symlinkSync(`${path}.1`, path)),
    ],
  ])('that %s refuses everything, and stops the start', (what, make) => {
    // Only root can give a file away.
    if (process.getuid?.() !== 0 && !what.startsWith('anybody')) return;
    writeFileSync(path, allowing('run_command'));
    const policy = open();
    make();
    expect(policy.decide(asked('run_command'))).toMatchObject(BROKEN);
    expect(open).toThrow(/another user, or may be written by anybody/);
  });

  it('that is broken while output is still coming keeps what is taken out of it', () => {
    writeFileSync(path, 'version: 1\nredact: { patterns: [{ name: customer, pattern: "C[0-9]{8}" }] }\n');
    const policy = open();
    writeFileSync(path, '');
    expect(policy.decide(asked('get_logs'))).toMatchObject(BROKEN);
    expect(policy.redact).toEqual({ highEntropy: false, patterns: [{ name: 'customer', pattern: 'C[0-9]{8}' }] });
  });

  it('says how long an operator is asked', () => {
    writeFileSync(path, 'version: 1\napprovals: { expire_minutes: 2 }\n');
    expect(open().approvals).toEqual({ expireMs: 120_000, rememberMs: 600_000, mostWaiting: 20 });
  });

  it.each<[string | undefined, string]>([
    [undefined, 'mutating'],
    ['/srv/app', 'mutating'],
    ['/etc', 'forbidden'],
  ])('sees a file written in the folder %s, in which the call starts, as %s', (directory, commandClass) => {
    const commands = [{ text: 'echo x > hosts', sudo: false, directory }];
    expect(open().decide(asked('run_command', { commands }))).toMatchObject({ class: commandClass });
  });
});
