import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import {
  commandTopic,
  EXECUTOR_PATHS,
  ServonautError,
  toProblem,
  type CommandProgress,
  type CommandRequest,
  type CommandResult,
  type ExecutorStatus,
  type Heartbeat,
  type Identity,
  type MercureToken,
  type RegisterExecutor,
} from '@servonaut/contracts';
import { MercureHub } from '@servonaut/mercure';
import { SignJWT } from 'jose';
import { freePort } from '@servonaut/testkit';
import { makeSealKey, seal, type SealKey } from './test-seal.ts';

const HUB_PATH = '/.well-known/mercure';
const USER = '42';

/** Answers of a coordinator that is not well, by path; a status is that of something which stands before it. */
type Fault = () => ServonautError | number | undefined;

/** A coordinator of one user over real HTTP with a real hub, which keeps what executors tell it. */
export class FakeCoordinator {
  readonly executorId = randomUUID();
  token = `token-${randomUUID()}`;
  /** Whether a refresh token still brings another token; then the one before is refused. */
  signedIn = true;
  refreshes = 0;
  readonly registrations: RegisterExecutor[] = [];
  readonly heartbeats: Heartbeat[] = [];
  readonly acks: string[] = [];
  readonly progress: CommandProgress[] = [];
  readonly results: CommandResult[] = [];
  /** Published and not acknowledged. */
  readonly open = new Map<string, CommandRequest>();
  readonly faults = new Map<string, Fault>();
  /** Every byte that reached it, requests of the hub and headers too. */
  readonly heard: Buffer[] = [];
  readonly url: string;
  /** By which it goes as an authorization server. */
  issuer: string;
  sealKey: SealKey;
  heartbeatSeconds = 30;
  /** Host under which executors are told to find the hub. */
  hubHost = '127.0.0.1';
  /** Its port; undefined for that of the coordinator. */
  hubPort: number | undefined;
  /** Whom the token belongs to; changes are put in. */
  identity: Partial<Identity> = {};
  executors: ExecutorStatus['executors'] = [];
  /** What it answers to a registration; changes are put in. */
  registered: Record<string, unknown> = {};
  readonly #keys = { publisherKey: randomBytes(32), subscriberKey: randomBytes(32) };
  readonly #port: number;
  #hub: MercureHub | undefined;
  #server: Server | undefined;

  private constructor(port: number, sealKey: SealKey) {
    this.#port = port;
    this.url = this.issuer = `http://127.0.0.1:${port}`;
    this.sealKey = sealKey;
  }

  static async start(): Promise<FakeCoordinator> {
    const coordinator = new FakeCoordinator(await freePort(), await makeSealKey());
    await coordinator.start();
    return coordinator;
  }

  async start(): Promise<void> {
    const hub = (this.#hub = new MercureHub(this.#keys));
    this.#server = createServer((request, response) => {
      if (request.url?.startsWith(HUB_PATH)) void hub.handle(request, response);
      else if (request.url?.endsWith('/oauth-authorization-server')) reply(response, 200, this.#metadata());
      else if (request.url === '/oauth/token') this.#refresh(response);
      else void this.#answer(request, response);
    });
    this.#server.on('connection', (socket) => socket.on('data', (chunk: Buffer) => this.heard.push(chunk)));
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
  }

  /** As a kill would: every connection breaks, and the hub forgets. */
  async stop(): Promise<void> {
    this.#hub?.close();
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  get subscribers(): number {
    return this.#hub?.subscriberCount ?? 0;
  }

  /** Seals a request for the executor and publishes it. */
  async send(request: CommandRequest): Promise<void> {
    const sealed = await seal(request, this.executorId, this.sealKey);
    if (request.type !== 'cancel_request') this.open.set(request.id, sealed);
    this.publish(sealed);
  }

  /** Publishes whatever it is given, as whoever controls the hub could. */
  publish(message: unknown): void {
    this.#hub?.publish({ topics: [commandTopic(USER)], data: JSON.stringify(message), private: true });
  }

  resultOf(requestId: string): CommandResult | undefined {
    return this.results.find((result) => result.request_id === requestId);
  }

  #metadata(): object {
    return { issuer: this.issuer, token_endpoint: `${this.url}/oauth/token` };
  }

  #refresh(response: ServerResponse): void {
    if (!this.signedIn) return reply(response, 400, { error: 'invalid_grant' });
    this.refreshes += 1;
    this.token = `token-${randomUUID()}`;
    const answer = { access_token: this.token, refresh_token: `refresh-${this.refreshes}` };
    reply(response, 200, { ...answer, token_type: 'Bearer', expires_in: 600 });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname } = new URL(request.url ?? '/', this.url);
      const body = request.method === 'POST' ? await json(request) : undefined;
      if (request.headers.authorization !== `Bearer ${this.token}`) throw new ServonautError('token_revoked');
      const fault = this.faults.get(pathname)?.();
      if (typeof fault === 'number') return void response.writeHead(fault).end('<html>');
      if (fault) throw fault;
      reply(response, 200, await this.#take(pathname, body));
    } catch (error) {
      const known = error instanceof ServonautError ? error : new ServonautError('internal', { cause: error });
      const problem = toProblem(known);
      reply(response, problem.status, problem);
    }
  }

  #take(path: string, body: unknown): unknown {
    const server_time = new Date().toISOString();
    const { executor_id: name = this.executorId } = (body ?? {}) as { executor_id?: string };
    if (path !== EXECUTOR_PATHS.register && name !== this.executorId) throw new ServonautError('request_unknown');
    if (path === EXECUTOR_PATHS.register) return this.#register(body as RegisterExecutor);
    if (path === EXECUTOR_PATHS.identity) return this.#identity(server_time);
    if (path === EXECUTOR_PATHS.mercureToken) return this.#subscription();
    if (path === EXECUTOR_PATHS.status) return { executors: this.executors, server_time };
    if (path === EXECUTOR_PATHS.openRequests) return { requests: [...this.open.values()] };
    if (path === EXECUTOR_PATHS.progress) this.progress.push(body as CommandProgress);
    if (path === EXECUTOR_PATHS.heartbeat) this.heartbeats.push(body as Heartbeat);
    if (path === EXECUTOR_PATHS.ack) this.#acknowledge((body as { request_id: string }).request_id);
    if (path === EXECUTOR_PATHS.result) this.#finish(body as CommandResult);
    return { server_time, heartbeat_interval_seconds: this.heartbeatSeconds };
  }

  #acknowledge(requestId: string): void {
    this.acks.push(requestId);
    this.open.delete(requestId);
  }

  #finish(result: CommandResult): void {
    this.results.push(result);
    this.open.delete(result.request_id);
  }

  async #register(registration: RegisterExecutor): Promise<unknown> {
    this.registrations.push(registration);
    const { token, expires_at, ...hub } = await this.#subscription();
    return {
      executor_id: this.executorId,
      user_id: USER,
      ...hub,
      subscriber_token: token,
      subscriber_token_expires_at: expires_at,
      keys: [this.sealKey.jwk],
      server_time: new Date().toISOString(),
      heartbeat_interval_seconds: this.heartbeatSeconds,
      ...this.registered,
    };
  }

  async #subscription(): Promise<MercureToken> {
    const topic = commandTopic(USER);
    const claims = new SignJWT({ mercure: { subscribe: [topic] } }).setProtectedHeader({ alg: 'HS256' });
    return {
      token: await claims.setExpirationTime('1h').sign(this.#keys.subscriberKey),
      hub_url: `http://${this.hubHost}:${this.hubPort ?? this.#port}${HUB_PATH}`,
      hub_protocol: '0.x',
      topic,
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
  }

  #identity(server_time: string): Identity {
    const keys = [this.sealKey.jwk];
    const who = { user_id: USER, user_name: 'ada', label: 'test', scopes: ['relay:connect'], expires_at: null };
    return { ...who, version: '0.1.0', keys, server_time, ...this.identity };
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
