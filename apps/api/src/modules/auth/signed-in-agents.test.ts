import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { startCoordinator, type Coordinator } from '../../start.ts';
import { Grants, UserService } from './index.ts';
import { SigningInPerson } from './testing/signing-in-person.ts';

/** Shorter than any that can be set, so that one expires while the test waits for it. */
const ACCESS_TOKEN_SECONDS = 2;
const REDIRECT = 'http://127.0.0.1:1/callback';

/** What an agent keeps of its sign-in, and where it sends its user for another one. */
class Keeper implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { client_name: 'agent', redirect_uris: [REDIRECT] };
  readonly sentTo: URL[] = [];
  readonly #clientId: string;
  #tokens: OAuthTokens | undefined;

  constructor(clientId: string, tokens: OAuthTokens) {
    this.#clientId = clientId;
    this.#tokens = tokens;
  }

  clientInformation() {
    return { client_id: this.#clientId, issuer: this.#tokens?.issuer };
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
  }

  invalidateCredentials(): void {
    this.#tokens = undefined;
  }

  redirectToAuthorization(to: URL): void {
    this.sentTo.push(to);
  }

  saveCodeVerifier(): void {
    // Nobody comes back.
  }

  codeVerifier(): string {
    return '';
  }
}

describe('an agent whose user has signed in', () => {
  let coordinator: Coordinator;
  let url: string;
  let person: SigningInPerson;
  const clients: Client[] = [];

  beforeAll(async () => {
    const SERVONAUT_DATA_DIR = await temporaryFolder();
    const settings = { SERVONAUT_DATA_DIR, PORT: '0', LOG_LEVEL: 'silent', MCP_KEEPALIVE_MS: '100' };
    const config = loadConfig(settings);
    const auth = { ...config.auth, accessTokenSeconds: ACCESS_TOKEN_SECONDS };
    coordinator = await startCoordinator({ ...config, auth }, () => undefined);
    url = coordinator.config.publicUrl;
    person = await SigningInPerson.invited(coordinator, 'ada@example.com');
  }, 60_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await coordinator.app.close();
  });

  /** @returns also the requests that the agent has made, by method and path */
  async function connect(way: 'HTTP+SSE' | 'Streamable HTTP', scope = 'mcp:tools') {
    const resource = way === 'HTTP+SSE' ? '/mcp/sse' : '/mcp';
    const { clientId, token, refreshToken } = await person.letIn({ scope, resource });
    const authProvider = new Keeper(clientId, {
      access_token: token,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      issuer: url,
    });
    const asked: string[] = [];
    const watched: typeof fetch = (to, init) => {
      asked.push(`${init?.method ?? 'GET'} ${new URL(to instanceof Request ? to.url : to).pathname}`);
      return fetch(to, init);
    };
    const transport =
      way === 'HTTP+SSE'
        ? new SSEClientTransport(new URL(resource, url), { authProvider, fetch: watched })
        : new StreamableHTTPClientTransport(new URL(resource, url), { authProvider, fetch: watched });
    const client = new Client({ name: 'agent', version: '1.0.0' });
    clients.push(client);
    await client.connect(transport);
    return { client, keeper: authProvider, asked, token };
  }

  const isRefused = async (token: string): Promise<boolean> =>
    (await fetch(`${url}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status === 401;

  const endAll = async (): Promise<void> => {
    const users = await coordinator.app.get(UserService).list({ after: '0', limit: 10 });
    for (const { id } of users) await coordinator.app.get(Grants).revokeAll(id);
  };

  describe.each(['HTTP+SSE', 'Streamable HTTP'] as const)('over %s', (way) => {
    it('goes on beyond the life of its tokens, without a word to its user', async () => {
      const { client, keeper, asked, token } = await connect(way);
      const { tools } = await client.listTools();
      await waitFor(() => isRefused(token), { what: 'the token to expire' });
      expect(await client.listTools()).toEqual({ tools });
      expect(keeper.tokens()?.access_token).not.toBe(token);
      expect(asked.filter((each) => each === 'POST /oauth/token')).toHaveLength(1);
      // An open stream is the same one as before.
      expect(asked.filter((each) => each === 'GET /mcp/sse').length).toBeLessThanOrEqual(1);
      expect(keeper.sentTo).toEqual([]);
    });

    it('has its user sign in again once that has been ended', async () => {
      const { client, keeper } = await connect(way);
      await client.listTools();
      await endAll();
      await expect(client.listTools()).rejects.toThrow();
      await waitFor(() => keeper.sentTo.length > 0, { what: 'the way to the sign-in' });
      expect(keeper.sentTo[0]?.href).toMatch(`${url}/oauth/authorize?`);
    });

    it('is told what it may not, and goes on with what it may', async () => {
      const { client, keeper, asked } = await connect(way, 'mcp:tools:list_servers');
      const refused = client.callTool({ name: 'run_command', arguments: { server: 'web-1', command: 'true' } });
      await expect(refused).rejects.toThrow(/403|Unauthorized/);
      const { content } = await client.callTool({ name: 'list_servers', arguments: {} });
      expect(content).toMatchObject([{ type: 'text', text: expect.stringContaining('executor') }]);
      expect(asked.filter((each) => each === 'GET /mcp/sse').length).toBeLessThanOrEqual(1);
      expect(keeper.tokens()).toBeDefined();
    });
  });
});
