import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createInterface } from 'node:readline';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  anOperator,
  startCoordinator,
  unlessMissing,
  type TestCoordinator,
  type TestOperator,
} from '@servonaut/testkit';
import { openBrowser, WITHOUT_CHROMIUM, type PersonsBrowser } from './chromium.ts';
import { acceptInvitation, beginLogin, confirm } from './person.ts';

const ROUNDS = 100;
const CLI = new URL('../../apps/cli/dist/session/', import.meta.url).href;

/** The built command line's own session: renews on each line that it is sent, and says what came of it. */
const SCRIPT = `
  import { createInterface } from 'node:readline';
  const load = (name) => import(process.argv[1] + name + '.js');
  const { openSession } = await load('session');
  const { paths } = openSession('one');
  const credentials = await (await load('credentials')).loadCredentials(paths);
  const tokens = (await load('profile-tokens')).profileTokens(paths, credentials, console.error);
  await tokens.current();
  console.log('ready');
  for await (const _ of createInterface({ input: process.stdin }))
    console.log(await tokens.renewed(await tokens.current()).catch((error) => error.code));`;

unlessMissing(describe, WITHOUT_CHROMIUM)('profiles of one machine, at a coordinator each', () => {
  let coordinators: TestCoordinator[];
  let people: PersonsBrowser[];
  let operator: TestOperator;
  const children: ChildProcess[] = [];

  const run = (profile: string, command: string) => operator.run([command, '--json', '--profile', profile]);

  async function signIn(profile: string, at: number): Promise<void> {
    const [{ url }, person] = [coordinators[at] as TestCoordinator, people[at] as PersonsBrowser];
    const login = await beginLogin(operator, url, ['--profile', profile]);
    await confirm(person, login);
    expect(await login.process.exited).toMatchObject({ code: 0 });
  }

  beforeAll(async () => {
    [coordinators, people] = await Promise.all([
      Promise.all([startCoordinator(), startCoordinator()]),
      Promise.all([openBrowser(), openBrowser()]),
    ]);
    const bootstraps = coordinators.map((coordinator) => coordinator.bootstrap());
    await Promise.all(people.map((person, at) => acceptInvitation(person, bootstraps[at]?.invitation_url ?? '')));
    const token = bootstraps[0]?.executor_token ?? '';
    operator = await anOperator({ url: coordinators[0]?.url ?? '', token, servers: [], knownHosts: [] });
    await signIn('one', 0);
    await signIn('two', 1);
  }, 180_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(people.map((person) => person.close()));
    await Promise.all(coordinators.map((coordinator) => coordinator.stop()));
  }, 30_000);

  it('are each who they are at their own', async () => {
    for (const [at, profile] of ['one', 'two'].entries()) {
      const who = await run(profile, 'whoami');
      expect(JSON.parse(who.stdout)).toMatchObject({ profile, url: coordinators[at]?.url, signed_in: true });
    }
  }, 30_000);

  /** A process that has the tokens of the profile. Answers what it has after a renewal. */
  async function aProcess(): Promise<() => Promise<string>> {
    const env = { ...process.env, ...operator.env };
    const args = ['--input-type=module', '-e', SCRIPT, CLI];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    children.push(child);
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    return async () => {
      child.stdin.write('renew\n');
      return ((await once(lines, 'line')) as [string])[0];
    };
  }

  it('stay signed in when two processes refresh at the same moment, a hundred times', async () => {
    const [mine, yours] = await Promise.all([aProcess(), aProcess()]);
    const seen = new Set<string>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [one, other] = await Promise.all([mine(), yours()]);
      expect(one).toMatch(/^ey/);
      expect(other).toBe(one);
      seen.add(one);
    }
    expect(seen.size).toBe(ROUNDS);
    expect(await run('one', 'whoami')).toMatchObject({ code: 0 });
  }, 120_000);

  it('end one by one', async () => {
    expect(await run('one', 'logout')).toMatchObject({ code: 0 });
    expect(await run('one', 'whoami')).toMatchObject({ code: 77 });
    expect(await run('two', 'whoami')).toMatchObject({ code: 0 });
  }, 30_000);
});
