import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { PolicyFile } from './policy-file.ts';

let path: string;
const changes: string[] = [];
const open = () => new PolicyFile(path, (message) => changes.push(message));
const asked = (tool: string) => ({ tool, server: 'web-1', input: {}, principal: undefined });

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

  it('that is taken away refuses everything: less may not become more', () => {
    const policy = open();
    writeFileSync(path, 'allow_tools: [get_logs]\n');
    expect(policy.denial(asked('get_logs'))).toBeUndefined();
    rmSync(path);
    expect(policy.denial(asked('get_logs'))).toMatchObject({ rule: 'policy.yaml' });
    writeFileSync(path, '{}\n');
    expect(policy.denial(asked('run_command'))).toBeUndefined();
  });

  it('that cannot be read refuses everything', () => {
    writeFileSync(path, '{}\n');
    const policy = open();
    rmSync(path);
    mkdirSync(path);
    expect(policy.denial(asked('get_logs'))).toMatchObject({ rule: 'policy.yaml' });
    expect(() => open()).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('that is broken at the start stops the start', () => {
    writeFileSync(path, 'allow_tools: [\n');
    expect(open).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`${path}, line `) }),
    );
  });
});
