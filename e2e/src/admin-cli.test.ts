import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { aWorld, type World } from './world.ts';

/** Of an executor that an admin has disconnected, and of nothing else. */
const DISCONNECTED = 79;
const NOT_ALLOWED = 77;

describe('the commands of admins', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  }, 60_000);
  afterAll(() => world.stop());

  const servonaut = (args: readonly string[], stdin?: string) => world.operator.run(args, stdin);
  const admin = (...args: string[]) => servonaut(['admin', ...args, '--profile', 'admin']);
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await admin(...args, '--json');
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  /** A file of rules beside the operator's. */
  function rules(text: string): string {
    const file = join(world.operator.home, 'rules.yaml');
    writeFileSync(file, text);
    return file;
  }

  it('say how to log in for them, and then are there', async () => {
    const refused = await servonaut(['admin', 'users', 'list']);
    expect(refused.code).toBe(NOT_ALLOWED);
    expect(refused.stderr).toMatch(
      /lacks the scope admin\.\nRun "servonaut login --admin --profile default".*\n\[insufficient_scope\]/,
    );
    for (const command of ['credentials', 'delegations']) {
      const own = await servonaut([command, 'list']);
      expect(own.code).toBe(NOT_ALLOWED);
      expect(own.stderr).toMatch(
        /Run "servonaut login --credentials --profile default", or .*\.\n\[insufficient_scope\]/,
      );
    }
    const { url } = world.coordinator;
    const login = ['login', '--url', url, '--profile', 'admin', '--token', '-'];
    expect(await servonaut(login, world.tokens.admin_token)).toMatchObject({ code: NOT_ALLOWED });
    expect(await servonaut([...login, '--admin'], world.tokens.admin_token)).toMatchObject({ code: 0 });
    expect((await admin('users', 'list')).stdout).toMatch(/^ID +NAME +EMAIL +ROLE +PLAN +DISABLED AT\n1 +admin/);
  }, 30_000);

  it('make and change users, and show what was changed', async () => {
    const made = await json('users', 'create', '--name', 'ada', '--plan', 'none');
    expect(made).toMatchObject({ name: 'ada', plan: null, version: 1 });
    const changed = await admin(
      'users',
      'change',
      made.id,
      '--plan',
      'solo',
      '--rules',
      rules('run_command: {per_day: 5}\n'),
    );
    expect(changed).toMatchObject({ code: 0, stderr: expect.stringContaining('plan: - -> solo') });
    expect(await json('users', 'show', made.id)).toMatchObject({ rules: { run_command: { per_day: 5 } }, version: 2 });
    expect((await admin('users', 'change', made.id)).stderr).toContain('There is nothing to change.');
    expect(await json('users', 'change', made.id, '--disable')).toMatchObject({
      plan: 'solo',
      disabled_at: expect.any(String),
    });
    expect(await json('users', 'change', made.id, '--enable', '--rules', 'none')).toMatchObject({
      rules: null,
      disabled_at: null,
    });
  }, 30_000);

  it('list page by page, or all at once', async () => {
    const first = await json('users', 'list', '--limit', '1');
    expect(first.users).toHaveLength(1);
    const next = await json('users', 'list', '--limit', '1', '--cursor', first.next_cursor);
    const all = await json('users', 'list', '--all');
    expect(all).toEqual({ users: expect.arrayContaining([...first.users, ...next.users]), next_cursor: null });
    expect((await admin('users', 'list', '--limit', '1')).stderr).toContain('There are more: give --all, or --cursor');
  }, 30_000);

  it('set plans, whether they are there or not', async () => {
    const made = await json('plans', 'set', 'bots', '--rules', rules('"*": {per_minute: 10}\n'));
    expect(made).toMatchObject({ id: 'bots', rules: { '*': { per_minute: 10 } } });
    const set = await json('plans', 'set', 'bots', '--rules', rules('get_logs: {allowed: false}\n'));
    expect(set).toMatchObject({ rules: { get_logs: { allowed: false } }, version: made.version + 1 });
    expect((await admin('plans', 'set', 'bots', '--rules', rules('get_logs: {per_day: many}\n'))).stderr).toMatch(
      /rules\.yaml, line 1/,
    );
    expect(await admin('plans', 'delete', 'bots')).toMatchObject({ code: 0, stdout: 'Deleted.' });
    expect((await admin('plans', 'show', 'bots')).stderr).toContain('[not_found]');
  }, 30_000);

  it('show a token once, alone on stdout, with which its owner makes credentials that can do less', async () => {
    const issued = await admin(
      'credentials',
      'create',
      'laptop',
      '--user',
      '1',
      '--scope',
      'relay:connect',
      '--scope',
      'credentials',
      '--scope',
      'mcp:tools',
    );
    expect(issued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^svn_\S+$/) });
    expect(issued.stderr).not.toContain(issued.stdout);
    const own = ['--profile', 'own'];
    const login = ['login', '--credentials', '--url', world.coordinator.url, '--token', '-', ...own];
    expect(await servonaut(login, issued.stdout)).toMatchObject({ code: 0 });
    const limits = [
      '--tool',
      'get_server_info',
      '--server',
      'web-*',
      '--expires',
      '30d',
      '--per-day',
      '500',
      '--address',
      '127.0.0.0/8',
    ];
    const made = await servonaut(['credentials', 'create', 'ci-bot', ...limits, '--json', ...own]);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const bot = JSON.parse(made.stdout);
    expect(bot).toMatchObject({ tools: ['get_server_info'], servers: ['web-*'], rules: { '*': { per_day: 500 } } });
    expect((await servonaut(['credentials', 'list', ...own])).stdout).toMatch(
      /ci-bot +active +mcp:tools +get_server_info +web-\*/,
    );
    const changed = await servonaut([
      'credentials',
      'change',
      bot.id,
      '--lift',
      'expires',
      '--server',
      'web-1',
      ...own,
    ]);
    expect(changed).toMatchObject({ code: 0, stderr: expect.stringContaining('servers: web-* -> web-1') });
    expect((await servonaut(['credentials', 'revoke', bot.id, '--json', ...own])).stdout).toContain(
      '"state":"revoked"',
    );
  }, 30_000);

  it('end the run of an executor, which says so and exits with a code of its own', async () => {
    const [executor] = (await json('executors', 'list', '--state', 'online')).executors;
    expect((await json('requests', 'list')).requests).toEqual([]);
    expect(await json('executors', 'disconnect', executor.id)).toMatchObject({ id: executor.id, state: 'offline' });
    expect(await world.executor.exited).toMatchObject({ code: DISCONNECTED });
    expect(world.executor.output()).toContain('"code":"executor_disconnected"');
    world.executor = await world.operator.connect();
    await waitFor(async () => (await json('executors', 'show', executor.id)).state === 'online', {
      what: 'another run',
    });
  }, 30_000);
});
