import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auth, Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { toolAnswerSchema } from '@servonaut/contracts';
import { unlessMissing } from '@servonaut/testkit';
import { WITHOUT_CHROMIUM } from '../chromium.ts';
import { aWorld, type World } from '../world.ts';
import { aLoopback, type Loopback } from './loopback.ts';
import { theFirstAdmin, type Person } from './person.ts';
import { anSdkSignIn } from './sdk-sign-in.ts';

const CALL = { name: 'run_command', arguments: { server: 'web-1', command: 'echo as far as allowed' } };

unlessMissing(describe, WITHOUT_CHROMIUM)('an agent of the SDK that was let use one tool', () => {
  let world: World;
  let person: Person;
  let loopback: Loopback;

  beforeAll(async () => {
    [world, loopback] = await Promise.all([aWorld(), aLoopback()]);
    person = await theFirstAdmin(world.coordinator);
  }, 120_000);
  afterAll(async () => {
    loopback.close();
    await person.close();
    await world.stop();
  }, 30_000);

  it('asks the person for another one when it needs it, and then can use both', async () => {
    const signIn = anSdkSignIn(loopback.url);
    const serverUrl = new URL('/mcp', world.coordinator.url);
    const transport = new StreamableHTTPClientTransport(serverUrl, { authProvider: signIn });
    const client = new Client(
      { name: 'e2e', version: '1.0.0' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    /** The person allows what was asked for last. */
    const letIn = async (): Promise<void> => {
      const back = await person.letIn(String(signIn.asked.at(-1)));
      await transport.finishAuth(new URL(back).searchParams);
    };
    const tools = async (): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

    await auth(signIn, { serverUrl, scope: 'mcp:tools:list_servers' });
    await letIn();
    await client.connect(transport);
    expect(await tools()).not.toContain('run_command');

    await expect(client.callTool(CALL)).rejects.toThrow(UnauthorizedError);
    expect(signIn.asked.at(-1)?.searchParams.get('scope')).toBe('mcp:tools:list_servers mcp:tools:run_command');
    await letIn();
    const { structuredContent } = await client.callTool(CALL);
    expect(toolAnswerSchema.parse(structuredContent).results).toEqual([
      expect.objectContaining({ server: 'web-1', stdout: 'as far as allowed\n', exit_code: 0 }),
    ]);
    expect(await tools()).toEqual(expect.arrayContaining(['list_servers', 'run_command']));
    expect(signIn.asked).toHaveLength(2);
    await client.close();
  }, 60_000);
});
