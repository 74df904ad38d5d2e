import { generateKeyPairSync } from 'node:crypto';
import { aCommandResult, anExecutorToRegister } from '@servonaut/testkit';
import { EXECUTOR_PATHS, executorRegistrationSchema } from '@servonaut/contracts';
import { AuditQuery, AuditTrail, DeliveryStore } from '../../modules/audit/index.ts';
import { CredentialService, Grants, UserService, WebSessions } from '../../modules/auth/index.ts';
import type { Chance } from '../../modules/auth/testing/chance.ts';
import { Relay } from '../../modules/relay/index.ts';
import type { Coordinator } from '../../start.ts';
import { aPerson, ask, openRequest } from '../somebodys-things.ts';
import type { FuzzCallers } from './fuzz-callers.ts';
import type { DocumentedCall, FittingCase } from './generated-calls.ts';
import type { ToldSecrets } from './told-secrets.ts';

/** Of calls that have one. */
const CASES = 0.3;

/** Makes cases for the operations that need them, each when it is asked for. */
export class FittingCases {
  readonly #coordinator: Coordinator;
  readonly #chance: Chance;
  readonly #callers: FuzzCallers;
  readonly #secrets: ToldSecrets;
  readonly #end: AbortSignal;
  readonly #makers: Readonly<Record<string, () => Promise<FittingCase>>>;
  #made = 0;

  /** @param end of the requests that wait for their executor */
  constructor(coordinator: Coordinator, callers: FuzzCallers, chance: Chance, secrets: ToldSecrets, end: AbortSignal) {
    this.#coordinator = coordinator;
    this.#callers = callers;
    this.#chance = chance;
    this.#secrets = secrets;
    this.#end = end;
    const { ack, progress, result, openRequests } = EXECUTOR_PATHS;
    this.#makers = {
      [`POST ${ack}`]: () => this.#report(),
      [`POST ${progress}`]: () => this.#report(),
      [`POST ${result}`]: () => this.#report(aCommandResult()),
      [`POST ${result}/{id}`]: () => this.#report(aCommandResult()),
      [`GET ${openRequests}`]: () => this.#openRequests(),
      'DELETE /api/admin/executors/{id}': () => this.#executorWithKey(),
      'POST /api/admin/audit/dead-letters/{id}/resend': () => this.#deadLetter(),
      'DELETE /api/admin/users/{id}/sessions/{session}': () => this.#signedIn(),
      'DELETE /api/admin/users/{id}/grants/{grant}': () => this.#signedIn(),
      'GET /api/me/credentials/{id}': () => this.#ownCredential(),
      'PATCH /api/me/credentials/{id}': () => this.#ownCredential(),
      'DELETE /api/me/credentials/{id}': () => this.#ownCredential(),
      'GET /api/me/delegations/{id}': () => this.#ownDelegation(),
      'PATCH /api/me/delegations/{id}': () => this.#ownDelegation(),
      'DELETE /api/me/delegations/{id}': () => this.#ownDelegation(),
      'DELETE /api/me/delegations/received/{id}': () => this.#receivedDelegation(),
    };
  }

  /** Undefined for most: what is known from answers will do. */
  async of({ method, path }: DocumentedCall): Promise<FittingCase | undefined> {
    const make = this.#makers[`${method} ${path}`];
    return make && this.#chance.happens(CASES) ? make() : undefined;
  }

  async #report(body: object = {}): Promise<FittingCase> {
    const { token, executor, request } = await this.#runningRequest();
    const named = { request_id: request, executor_id: executor };
    return { kind: 'member', token, parameters: { id: request }, body: { ...body, ...named } };
  }

  async #openRequests(): Promise<FittingCase> {
    const { token, executor } = await this.#runningRequest();
    return { kind: 'member', token, parameters: {}, query: `executor_id=${executor}` };
  }

  /** An executor of somebody's own, which has been asked for something. */
  async #runningRequest() {
    const { app, config } = this.#coordinator;
    const { userId, token, executor, name } = await this.#executor();
    const principal = { kind: 'credential', id: 'c', label: name } as const;
    const call = { tool: 'run_command', server: 'web-1', payload: { command: 'true' }, timeoutSeconds: 300 };
    const relay = app.get(Relay);
    void relay.dispatch({ userId, principal, ...call, signal: this.#end }).catch(() => undefined);
    const request = await openRequest(config.publicUrl, token, executor);
    return { token, executor, request: request ?? '' };
  }

  /** One without a key cannot be disconnected, since it would only come back. */
  async #executorWithKey(): Promise<FittingCase> {
    const { x } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
    const { executor } = await this.#executor({ kty: 'OKP', crv: 'X25519', x, kid: 'fuzz' });
    return { kind: 'admin', parameters: { id: executor } };
  }

  async #executor(publicKey?: object) {
    const { app, config } = this.#coordinator;
    const name = this.#name();
    const { id: userId } = await app.get(UserService).create(name);
    const wanted = { userId, label: name, scopes: ['relay:connect'] as const, createdBy: null };
    const { token } = await app.get(CredentialService).issue(wanted);
    this.#secrets.add(token);
    const manifest = { ...anExecutorToRegister().manifest, servers: [{ name: 'web-1', labels: {} }] };
    const body = { profile: 'fuzz', version: '1', manifest, public_key: publicKey };
    const registered = await ask(config.publicUrl, token, 'POST', EXECUTOR_PATHS.register, body);
    const executor = executorRegistrationSchema.parse(JSON.parse(registered.text)).executor_id;
    return { userId, token, executor, name };
  }

  /** Of records that are there, so that a webhook can be sent them. */
  async #deadLetter(): Promise<FittingCase> {
    const { app } = this.#coordinator;
    const { id: userId } = await app.get(UserService).create(this.#name());
    const [chain, error] = [`user:${userId}`, this.#name()];
    await app.get(AuditTrail).record({ kind: 'fuzz.letter', userId, actor: { kind: 'coordinator', id: null } });
    const head = await app.get(AuditQuery).head(chain);
    await app.get(DeliveryStore).giveUp({ chain, firstSeq: 1, lastSeq: 1, hash: head!.hash, error });
    for (let after = 0; ;) {
      const letters = await app.get(DeliveryStore).deadLetters({ after, limit: 100 });
      const found = letters.find((letter) => letter.error === error);
      if (found) return { kind: 'admin', parameters: { id: String(found.id) } };
      after = letters.at(-1)!.id;
    }
  }

  /** Somebody who has signed in, in a browser and on a command line. */
  async #signedIn(): Promise<FittingCase> {
    const { app } = this.#coordinator;
    const { userId, token, accessToken, agentToken } = await aPerson(this.#coordinator, this.#name());
    for (const each of [token, accessToken, agentToken]) this.#secrets.add(each);
    const [[session], [grant]] = await Promise.all([app.get(WebSessions).list(userId), app.get(Grants).list(userId)]);
    return { kind: 'admin', parameters: { id: userId, session: session!.id, grant: grant!.id } };
  }

  async #ownCredential(): Promise<FittingCase> {
    return { kind: 'person', parameters: await this.#makeOwn('/api/me/credentials', { label: this.#name() }) };
  }

  async #ownDelegation(): Promise<FittingCase> {
    const to = { user: this.#callers.nameOf('admin_person') };
    return { kind: 'person', parameters: await this.#makeOwn('/api/me/delegations', { to, servers: ['web-*'] }) };
  }

  async #receivedDelegation(): Promise<FittingCase> {
    return { ...(await this.#ownDelegation()), kind: 'admin_person' };
  }

  /** By somebody who has signed in. What is refused leads to an address that nobody has. */
  async #makeOwn(path: string, body: object): Promise<{ readonly id: string }> {
    const token = this.#callers.tokenOf('person') ?? '';
    const { text } = await ask(this.#coordinator.config.publicUrl, token, 'POST', path, body);
    const { id = 'none', token: told = '' } = JSON.parse(text) as { id?: string; token?: string };
    this.#secrets.add(told);
    return { id };
  }

  #name(): string {
    return `fitting-${++this.#made}`;
  }
}
