import { execFileSync } from 'node:child_process';
import {
  chmodSync,
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
import { PolicyFile } from './policy-file.ts';

let path: string;
const changes: string[] = [];
const open = () => new PolicyFile(path, (message) => changes.push(message));
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
const asked = (tool: string) => ({ tool, server: 'web-1', input: {}, principal: undefined });

/** Lines of a map of lists, each of which names the one before twice. */
const doublings = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `b${index}: &b${index} [${index ? `*b${index - 1},*b${index - 1}` : '*a,*a'}]\n`,
  ).join('');

beforeEach(async () => {
  path = join(await temporaryFolder(), 'policy.yaml');
  changes.length = 0;
});

describe('policy.yaml', () => {
  it('may be missing, and holds from the next request on once it is there', () => {
    const policy = open();
    expect(policy.denial(asked('run_command'))).toBeUndefined();
    writeFileSync(path, 'allow_tools: [get_logs]\n');
    expect(policy.denial(asked('run_command'))).toMatchObject({ rule: 'allow_tools' });
    expect(policy.denial(asked('get_logs'))).toBeUndefined();
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
    writeFileSync(path, 'allow_tools: [aaaa]\n');
    utimesSync(path, 1_000, 1_000);
    const policy = open();
    for (const tool of ['bbbb', 'cccc', 'dddd']) {
      expect(policy.denial(asked(tool))).toMatchObject({ rule: 'allow_tools' });
      change(`allow_tools: [${tool}]\n`);
      utimesSync(path, 1_000, 1_000);
      expect(policy.denial(asked(tool))).toBeUndefined();
    }
    expect(changes).toHaveLength(3);
  });

  it.each([
    ['has a rule that it does not know', 'allow_tools: [get_logs]\ndeny_tools: [x]\n', ', line 1'],
    ['has a list that is none', 'allow_tools: [get_logs]\nallow_servers: web-1\n', ', line 2'],
    ['is not YAML', '{}\n[\n', ', line 2'],
    [
      'has a pattern that begins with * without quotes',
      'allow_tools: [get_logs]\nallow_servers: [*-web]\n',
      ', line 2',
    ],
    ['has an alias as a key', '*all : [get_logs]\n', ', line 1'],
    ['holds itself', '&all\nallow_tools: [*all]\n', ', line 2'],
    ['doubles with every line', `a: &a [x]\n${doublings(40)}`, ', line 2'],
    ['has a rule twice', 'allow_tools: [get_logs]\nallow_tools: [run_command]\n', ', line 2'],
    ['is indented by tabs', 'allow_tools:\n\t- get_logs\n', ', line 2'],
    ['is deeper than the stack', 'allow_tools: '.concat('['.repeat(20_000), ']'.repeat(20_000), '\n'), ', line 1'],
    ['holds NUL, as after a crash of the machine', `{}\n#${'\0'.repeat(100)}\n`, ', line 2'],
    ['is of 10 MB', 'allow_tools:\n'.concat('- get_logs\n'.repeat(1_000_000)), ''],
    ['holds more than one document', '{}\n---\nallow_tools: [get_logs]\n', ', line 2'],
    ['hides its rules from the schema', '__proto__: { allow_tools: [get_logs] }\n', ', line 1'],
    ['is empty, as while it is being saved', '', ''],
    ['holds comments alone', '# allow_tools: [get_logs]\n', ''],
  ])('that %s refuses everything, naming file and line, until it is mended', (_, text, line) => {
    writeFileSync(path, 'allow_tools: [get_logs]\n');
    const policy = open();
    writeFileSync(path, text);
    for (const tool of ['get_logs', 'list_servers'])
      expect(policy.denial(asked(tool))).toEqual({
        rule: 'policy.yaml',
        message: `The operator's policy is not valid (policy.yaml${line}), so nothing is run until it is mended.`,
      });
    expect(changes).toEqual([expect.stringContaining(`Everything is refused until the policy is mended. ${path}`)]);
    writeFileSync(path, 'allow_tools: [get_logs]\n');
    expect(policy.denial(asked('get_logs'))).toBeUndefined();
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
    for (const tool of ['get_logs', 'list_servers'])
      expect(policy.denial(asked(tool))).toMatchObject({ rule: 'policy.yaml' });
    expect(changes).toEqual([expect.stringContaining('Everything is refused until the policy is mended.')]);
    expect(open).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(path) }));
  });

  it('that the executor may not read refuses everything, and stops the start', () => {
    chmodSync(dirname(path), 0o711);
    const policy = asNobody(open);
    writeFileSync(path, '{}\n', { mode: 0o000 });
    expect(asNobody(() => policy.denial(asked('get_logs')))).toMatchObject({ rule: 'policy.yaml' });
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
    expect(policy.denial(asked('get_logs'))).toMatchObject({ rule: 'policy.yaml' });
    rmSync(path, { recursive: true });
    expect(policy.denial(asked('get_logs'))).toMatchObject({ rule: 'policy.yaml' });
  });

  it('that is taken away refuses everything: less may not become more', () => {
    const policy = open();
    writeFileSync(path, 'allow_tools: [get_logs]\n');
    expect(policy.denial(asked('get_logs'))).toBeUndefined();
    rmSync(path);
    expect(policy.denial(asked('get_logs'))).toMatchObject({ rule: 'policy.yaml' });
    writeFileSync(path, '{}\n');
    expect(policy.denial(asked('run_command'))).toBeUndefined();
  });

  it.each(['allow_tools: [\n', 'allow_servers: [*-web]\n'])(
    'that is broken at the start stops the start: %j',
    (text) => {
      writeFileSync(path, text);
      expect(open).toThrow(
        expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`${path}, line `) }),
      );
    },
  );
});
