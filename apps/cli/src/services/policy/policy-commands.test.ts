import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { readEnvironment } from '../../session/environment.ts';
import { openSession, type Session } from '../../session/session.ts';
import { firstPolicyText, writeFirstPolicy, type FirstPolicy } from './first-policy-file.ts';
import { lintPolicy } from './policy-lint.ts';
import { trialTime, tryPolicy, type PolicyTrial } from './policy-trial.ts';
import { shownPolicy, shownPolicyText } from './shown-policy.ts';

const PLUGIN = `export const TOOLS = [
  { name: 'run_command', target: 'server', effect: 'privileged', commands: () => [] },
  { name: 'get_logs', target: 'server', effect: 'read-only' },
  { name: 'list_servers', target: 'executor', effect: 'read-only' },
];`;
const FIRST: FirstPolicy = { level: 'readonly', approval: 'ask', asksOperator: false };

let session: Session;
let policyFile: string;
let root: string;
const plugins = () => [{ name: 'test', root, pjson: { servonaut: { tools: './tools.mjs' } } }];

beforeEach(async () => {
  root = await temporaryFolder();
  const [config, state] = [join(root, 'config'), join(root, 'state')];
  const folders = { SERVONAUT_CONFIG_DIR: config, SERVONAUT_STATE_DIR: state, SERVONAUT_SSH_CONFIG: '/dev/null' };
  session = openSession('test', readEnvironment(folders));
  const { configDir } = session.paths;
  await mkdir(configDir, { recursive: true });
  await writeFile(
    join(configDir, 'servers.yaml'),
    'servers: [{ name: web-1, host: 127.0.0.1, labels: { env: staging } }]\n',
  );
  await writeFile(join(root, 'tools.mjs'), PLUGIN);
  policyFile = join(configDir, 'policy.yaml');
});

const tried = (given: Partial<PolicyTrial>) =>
  tryPolicy(session, plugins(), {
    tool: 'run_command',
    server: 'web-1',
    principal: 'user',
    command: 'echo hello',
    directory: undefined,
    sudo: false,
    now: new Date('2026-11-23T12:00:00Z'),
    ...given,
  });

describe('policy test', () => {
  it('says what is decided by which rule, and of which commands', async () => {
    expect(await tried({})).toMatchObject({
      decision: 'allow',
      class: 'read-only',
      rule: 'level',
      commands: [{ text: 'echo hello' }],
    });
    const asked = await tried({ command: 'echo a; rm -rf b' });
    expect(asked).toMatchObject({ decision: 'ask', class: 'mutating', rule: 'level' });
    expect(asked.message).toMatch(/^The operator has to approve this \(rule level; mutating: "rm -rf b", .+\)\.$/);
    expect(await tried({ sudo: true })).toMatchObject({
      decision: 'ask',
      class: 'privileged',
      message: 'The operator has to approve this (rule level; privileged: it runs by sudo).',
    });
    expect(await tried({ principal: 'operator', command: 'rm -rf b' })).toMatchObject({ rule: 'operators-own-calls' });
  });

  it('names a few commands of many, and little of a long one', async () => {
    const { message } = await tried({ command: `rm ${'x'.repeat(500)}; rm 2; rm 3; rm 4; rm 5` });
    expect(message).toMatch(/; and 2 more\)\.$/);
    expect(message.length).toBeLessThan(800);
  });

  it('takes the labels of the server, the caller, the folder and the time', async () => {
    const rule = (name: string, rest: string) => `  - { name: ${name}, decision: deny, message: Not so., ${rest} }\n`;
    await writeFile(
      policyFile,
      `version: 1\nrules:\n${rule('bots', 'principals: ["credential:ci-*"]')}${rule('etc', 'directories: [/etc]')}${rule('night', 'times: [{ from: "22:00", to: "06:00", zone: UTC }]')}levels: [{ servers: ["label:env=staging"], level: standard }]\n`,
    );
    const there = { directory: '/srv/app' };
    expect(await tried({ ...there, command: 'rm x' })).toMatchObject({ decision: 'allow', rule: 'levels[0]' });
    for (const principal of ['credential:ci-1', 'credential:17=ci-1'])
      expect(await tried({ ...there, principal })).toMatchObject({ decision: 'deny', rule: 'bots' });
    expect(await tried({ directory: '/etc' })).toMatchObject({
      rule: 'etc',
      message: expect.stringMatching(/\. Not so\.$/),
    });
    expect(await tried({})).toMatchObject({ rule: 'etc' });
    expect(await tried({ ...there, now: trialTime('2026-11-24T05:30:00Z') })).toMatchObject({ rule: 'night' });
    expect(await tried({ tool: 'list_servers', server: undefined, command: undefined })).toMatchObject({ rule: 'etc' });
  });

  it('tells an id from a label, by which nothing is allowed', async () => {
    await writeFile(
      policyFile,
      'version: 1\nrules: [{ name: of-17, decision: allow, principals: ["credential:17"] }]\n',
    );
    const removes = { command: 'rm -r x' };
    expect(await tried({ ...removes, principal: 'credential:17' })).toMatchObject({ decision: 'allow' });
    expect(await tried({ ...removes, principal: 'credential:18=17' })).toMatchObject({ decision: 'ask' });
  });

  it.each<[Partial<PolicyTrial>, string]>([
    [{ server: 'web-2' }, 'unknown_server'],
    [{ tool: 'restart' }, 'unknown_tool'],
    [{ principal: 'alice' }, 'invalid_request'],
    [{ principal: 'user:=alice' }, 'invalid_request'],
    [{ command: undefined }, 'invalid_request'],
    [{ server: undefined }, 'invalid_request'],
    [{ tool: 'get_logs' }, 'invalid_request'],
    [{ tool: 'list_servers', command: undefined }, 'invalid_request'],
  ])('refuses a call that could not be: %j', async (given, code) => {
    await expect(tried(given)).rejects.toMatchObject({ code });
  });
});

describe('policy init', () => {
  it.each<FirstPolicy>([FIRST, { level: 'dangerous', approval: 'always', asksOperator: true }])(
    'writes what holds, for the operator alone: %j',
    async (first) => {
      const before = shownPolicy(session);
      expect(await writeFirstPolicy(session, first, false)).toBe(policyFile);
      const { policy, version, source } = shownPolicy(session);
      expect(policy).toMatchObject({ level: first.level, approval: first.approval });
      expect(policy.rules).toHaveLength(first.asksOperator ? 0 : 1);
      expect(source).toBe(policyFile);
      expect(version === before.version).toBe(first === FIRST);
      expect((await stat(policyFile)).mode & 0o777).toBe(0o600);
      expect((await lintPolicy(session, plugins())).findings).toEqual([]);
    },
  );

  it('names a schema that is there', async () => {
    await writeFirstPolicy(session, FIRST, false);
    const [, schema = ''] =
      /^# yaml-language-server: \$schema=\.\/(\S+)\n/.exec(await readFile(policyFile, 'utf8')) ?? [];
    expect(JSON.parse(await readFile(join(session.paths.configDir, schema), 'utf8'))).toMatchObject({
      additionalProperties: false,
    });
  });

  it('replaces none without being told', async () => {
    await writeFile(policyFile, 'version: 1\n');
    await expect(writeFirstPolicy(session, FIRST, false)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(policyFile, 'utf8')).toBe('version: 1\n');
    await writeFirstPolicy(session, FIRST, true);
    expect(await readFile(policyFile, 'utf8')).toBe(firstPolicyText(FIRST));
  });
});

describe('policy show', () => {
  it('is YAML that means the same', async () => {
    const shown = shownPolicy(session);
    await writeFile(policyFile, shownPolicyText(shown));
    expect(shownPolicy(session)).toEqual({ ...shown, source: policyFile });
  });

  it('names what is wrong', async () => {
    await writeFile(policyFile, 'version: 1\nlevel: high\n');
    expect(() => shownPolicy(session)).toThrow(expect.objectContaining({ code: 'config_invalid', facts: { line: 2 } }));
  });
});
