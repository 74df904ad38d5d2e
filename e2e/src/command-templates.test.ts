import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hostileValues } from '@servonaut/testkit';
import { connectAgent, type Agent, type AgentAnswer } from './agent.ts';
import { aWorld, rest, type World } from './world.ts';

/** How many hostile values go the whole way. */
/** `INJECTIONS=all` sends as many as the quoting alone is tested with, in `injections.test.ts`. */
const VALUES = process.env['INJECTIONS'] === 'all' ? 1_000 : 250;
/** Calls at a time. */
const AT_ONCE = 8;

const show = {
  name: 'show',
  description: 'Shows one argument',
  template: 'printf =%s= {x}',
  parameters: { x: { pattern: '.*' } },
};

describe('a credential with approved commands', () => {
  let world: World;
  let support: Agent;
  let owner: Agent;

  beforeAll(async () => {
    world = await aWorld();
    const { url } = world.coordinator;
    const { admin_token, user_id, agent_token } = world.tokens;
    const made = await rest(`${url}/api/admin/users/${user_id}/credentials`, admin_token, {
      label: 'support',
      scopes: ['mcp:tools'],
      tools: ['run_command'],
      commands: [show],
    });
    expect(made).toMatchObject({ status: 201, body: { commands: [show] } });
    [support, owner] = await Promise.all([
      connectAgent('http', url, made.body.token),
      connectAgent('http', url, agent_token),
    ]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([support.close(), owner.close()]);
    await world.stop();
  }, 60_000);

  const call = (x: string): Promise<AgentAnswer> =>
    support.call('run_command', { server: 'web-1', template: 'show', parameters: { x } });
  const home = async (): Promise<string> =>
    (await owner.call('run_command', { server: 'web-1', command: 'ls -A' })).result.stdout;

  it(`has ${VALUES} hostile parameters refused, or reach a real server as one argument`, async () => {
    const values = hostileValues('touch RAN', VALUES);
    const before = await home();
    let arrived = 0;
    const queue = values.values();
    const worker = async (): Promise<void> => {
      for (const x of queue) {
        const { result } = await call(x);
        if (result.error?.code === 'invalid_request') continue;
        arrived += 1;
        expect({ x, ...result }).toMatchObject({ x, exit_code: 0, stdout: `=${x}=`, stderr: '' });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(arrived).toBeGreaterThan(VALUES / 2);
    expect(await home()).toBe(before);
  }, 120_000);

  it('may run nothing else', async () => {
    const own = await support.call('run_command', { server: 'web-1', command: 'id' });
    expect(own.result.error).toMatchObject({ code: 'not_entitled' });
    expect(own.text).toContain('rule: credential.support.commands');
    expect((await support.call('get_logs', { server: 'web-1', path: '/etc/passwd' })).result.error).toMatchObject({
      code: 'not_entitled',
    });
    expect(await support.tools()).toEqual(['run_command', 'get_request']);
  });

  it.each([
    ['a template that leads around the quoting', [{ ...show, template: "echo '{x}'" }]],
    ['a template that hands the value to a shell', [{ ...show, template: 'sh -c {x}' }]],
    ['a pattern that looks back', [{ ...show, parameters: { x: { pattern: '(?<=a)b' } } }]],
    ['a placeholder without a pattern', [{ ...show, parameters: {} }]],
    ['two commands of one name', [show, show]],
  ])('cannot be made with %s', async (_what, commands) => {
    const { admin_token, user_id } = world.tokens;
    const body = { label: 'bad', scopes: ['mcp:tools'], commands };
    const made = await rest(`${world.coordinator.url}/api/admin/users/${user_id}/credentials`, admin_token, body);
    expect(made).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});
