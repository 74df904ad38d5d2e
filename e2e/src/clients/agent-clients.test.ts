import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agentClientsFetched, startCoordinator, unlessMissing, type TestCoordinator } from '@servonaut/testkit';
import { WITHOUT_CHROMIUM } from '../chromium.ts';
import type { Target, Transport } from './agent-client.ts';
import { claudeCode } from './claude-code.ts';
import { aDesk } from './desk.ts';
import { inspector } from './inspector.ts';
import { mcpRemote } from './mcp-remote.ts';
import { theFirstAdmin, type Person } from './person.ts';

const MISSING =
  WITHOUT_CHROMIUM ?? (agentClientsFetched() ? undefined : 'Claude Code, the MCP Inspector and mcp-remote');
const TIMEOUT_MS = 60_000;
const SETTINGS = {
  // Claude Code has a document at its maker's address, which the machine that runs the tests may not be able to fetch.
  OAUTH_CLIENT_DOCUMENTS: 'off',
  // So short that Claude Code refreshes before each use.
  OAUTH_ACCESS_TOKEN_SECONDS: '300',
};

unlessMissing(describe, MISSING)('what people connect to us with', () => {
  let coordinator: TestCoordinator;
  let person: Person;

  beforeAll(async () => {
    coordinator = await startCoordinator({ env: SETTINGS });
    person = await theFirstAdmin(coordinator);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await person.close();
    await coordinator.stop();
  }, TIMEOUT_MS);

  const target = (transport: Transport): Target => ({
    url: coordinator.url + { http: '/mcp', sse: '/mcp/sse' }[transport],
    transport,
  });

  describe.each([claudeCode, inspector, mcpRemote])('$name', (client) => {
    it(
      'is connected by a key in a header, without a browser',
      async () => {
        const desk = await aDesk();
        const key = coordinator.bootstrap().agent_token;
        expect(await client.connect(desk, { ...target('http'), key })).toMatch(client.connected);
        expect(desk.opened()).toEqual([]);
      },
      TIMEOUT_MS,
    );

    it.each(client.transports)(
      'is connected over %s by its address and a person who lets it in, stays so, and has to ask again once its access was ended',
      async (transport) => {
        const desk = await aDesk();
        await person.forget();
        for (const times of [1, 2]) {
          const [seen] = await Promise.all([
            client.connect(desk, target(transport)),
            desk.whenOpened(times).then(person.letIn),
          ]);
          expect(seen).toMatch(client.connected);
          // Nobody is there to be asked.
          expect(await client.connect(desk, target(transport))).toMatch(client.connected);
          expect(desk.opened()).toHaveLength(times);
          await person.endAccess(client.callsItself);
        }
      },
      TIMEOUT_MS,
    );
  });
});
