import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EXECUTOR_PATHS, OAUTH_CLI_CLIENT_ID, ServonautError, toProblem, type Identity } from '@servonaut/contracts';
import { freePort } from '@servonaut/testkit';
import { decodeJwt } from 'jose';
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { MemoryRecords } from './memory-records.ts';

const SCOPE = 'relay:connect';
const USER = '42';
/** Between two polls for a device code. */
const POLL_SECONDS = 0.1;
const LIFE_SECONDS = 600;

/** A coordinator as far as signing in goes: the library that coordinators use, on its own memory, and the endpoint that says who somebody is. */
export class TestAuthorizationServer {
  readonly url: string;
  scopes: string[] = [SCOPE];
  /** What the last device asked for. */
  asked: unknown;
  /** Answers in place of the next call of the token endpoint that is given a device code. */
  nextPoll: { error: string } | undefined;
  /** Whether everything is answered with 503. */
  outage = false;
  refreshes = 0;
  /** Awaited before a token is revoked. */
  onRevocation: () => Promise<void> = () => Promise.resolve();
  readonly #provider: Provider;
  readonly #server: Server;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#provider = new Provider(this.url, this.#settings());
    this.#provider.on('grant.success', ({ oidc }) => {
      if (oidc.params?.['grant_type'] === 'refresh_token') this.refreshes += 1;
    });
    this.#provider.use(async (ctx, next) => {
      await next();
      const body = ctx.body as { error?: string; interval?: number } | undefined;
      const { oidc } = ctx as Partial<KoaContextWithOIDC>;
      if (body && oidc?.route === 'device_authorization') {
        body.interval = POLL_SECONDS;
        this.asked = oidc.params?.['scope'];
      }
      if (body?.error !== 'authorization_pending' || !this.nextPoll) return;
      ctx.body = this.nextPoll;
      this.nextPoll = undefined;
    });
    const library = this.#provider.callback();
    this.#server = createServer((request, response) => {
      if (!this.#intercepts(request, response))
        void this.#beforeRevocation(request).then(() => library(request, response));
    });
  }

  static async start(): Promise<TestAuthorizationServer> {
    const port = await freePort();
    const server = new TestAuthorizationServer(port);
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** As somebody does in a browser. */
  async confirm(userCode: string): Promise<string> {
    const grant = new this.#provider.Grant({ accountId: USER, clientId: OAUTH_CLI_CLIENT_ID });
    grant.addResourceScope(`${this.url}/api`, SCOPE);
    const grantId = await grant.save();
    const code = await this.#code(userCode);
    Object.assign(code, { accountId: USER, grantId, scope: SCOPE, resource: `${this.url}/api`, authTime: 1 });
    await code.save();
    return grantId;
  }

  async deny(userCode: string): Promise<void> {
    const code = await this.#code(userCode);
    Object.assign(code, { error: 'access_denied', errorDescription: 'denied' });
    await code.save();
  }

  async expire(userCode: string): Promise<void> {
    const code = await this.#code(userCode);
    Object.assign(code, { exp: Math.floor(Date.now() / 1_000) - 1 });
    await code.save();
  }

  async forget(userCode: string): Promise<void> {
    await (await this.#code(userCode)).destroy();
  }

  async endGrant(grantId: string): Promise<void> {
    await (await this.#provider.Grant.find(grantId))?.destroy();
  }

  async isAlive(grantId: string): Promise<boolean> {
    return (await this.#provider.Grant.find(grantId)) !== undefined;
  }

  async #code(userCode: string) {
    const code = await this.#provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
    if (!code) throw new Error('no such code');
    return code;
  }

  #beforeRevocation({ url }: IncomingMessage): Promise<void> {
    return url === '/token/revocation' ? this.onRevocation() : Promise.resolve();
  }

  #intercepts(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url === EXECUTOR_PATHS.identity) {
      void this.#identify(request, response);
      return true;
    }
    if (this.outage) response.writeHead(503).end();
    return response.writableEnded;
  }

  async #identify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const claims = decodeJwt(request.headers.authorization?.replace('Bearer ', '') ?? '');
    const alive = await this.#provider.Grant.find(String(claims['gid']));
    if (alive && Number(claims.exp) * 1_000 > Date.now()) response.end(JSON.stringify(this.#identity()));
    else response.writeHead(401).end(JSON.stringify(toProblem(new ServonautError('token_revoked'))));
  }

  #identity(): Identity {
    const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'k' } as const;
    const who = { user_id: USER, user_name: 'ada', label: 'Servonaut command line', client: 'Servonaut command line' };
    return { ...who, scopes: this.scopes, expires_at: null, keys: [key], server_time: new Date().toISOString() };
  }

  #settings(): Configuration {
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA', use: 'sig' };
    return {
      jwks: { keys: [key] },
      clients: [
        {
          client_id: OAUTH_CLI_CLIENT_ID,
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          response_types: [],
          redirect_uris: [],
          id_token_signed_response_alg: 'EdDSA',
        },
      ],
      enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
      findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      formats: {
        customizers: { jwt: (_ctx, token, jwt) => void (jwt.payload['gid'] = 'grantId' in token && token.grantId) },
      },
      issueRefreshToken: () => true,
      expiresWithSession: () => false,
      rotateRefreshToken: true,
      adapter: MemoryRecords,
      ttl: { AccessToken: LIFE_SECONDS, DeviceCode: LIFE_SECONDS, Grant: LIFE_SECONDS, RefreshToken: LIFE_SECONDS },
      features: {
        devInteractions: { enabled: false },
        revocation: { enabled: true, allowedPolicy: () => true },
        deviceFlow: { enabled: true, mask: '****-****' },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          defaultResource: () => `${this.url}/api`,
          getResourceServerInfo: (_ctx, resource) => ({
            audience: resource,
            scope: SCOPE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: LIFE_SECONDS,
            jwt: { sign: { alg: 'EdDSA' } },
          }),
        },
      },
    };
  }
}
