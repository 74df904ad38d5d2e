import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServonautError } from '@servonaut/contracts';
import express, {
  Router,
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { loadConfig } from '../../../../config/app-config.ts';
import { securityHeaders } from '../../../../platform/http/security-headers.ts';
import { MemoryRateLimits } from '../../../../platform/limits/flexible-rate-limits.ts';
import { RATE_LIMITS, withDefaults } from '../../../../platform/limits/named-limits.ts';
import { deriveKeys } from '../../../../platform/secrets/coordinator-keys.ts';
import type { TestDatabase } from '../../../../platform/testing/test-databases.ts';
import { DatabaseWebSessions } from '../../people/database-web-sessions.ts';
import { sessionCookie } from '../../people/session-cookie.ts';
import { UserService } from '../../people/user-service.ts';
import type { WebSessions } from '../../people/web-sessions.ts';
import { Revocations, type Revocation } from '../../revocations.ts';
import type { Interactions } from '../interactions.ts';
import { LibraryInteractions } from '../library-interactions.ts';
import { pollInterval } from '../device-polling.ts';
import { makeOauthServer, type OauthGround } from '../make-oauth-server.ts';
import { OidcRecords } from '../oidc-records.ts';
import { newSigningKey } from '../signing-key-store.ts';
import { SigningKeys, type PrivateJwk } from '../signing-keys.ts';
import { PlainFlowPages } from './plain-flow-pages.ts';

const DAY_SECONDS = 86_400;

/** Keys that a test turns by hand. */
export class HandKeys extends SigningKeys {
  #keys: PrivateJwk[] = [];
  readonly #listeners = new Set<() => void>();

  /** The first is the one that signs. */
  set(keys: readonly PrivateJwk[]): void {
    this.#keys = [...keys];
    for (const listener of this.#listeners) listener();
  }

  all(): readonly PrivateJwk[] {
    return this.#keys;
  }

  get activeKid(): string {
    return this.#keys[0]?.kid ?? '';
  }

  look(): Promise<void> {
    return Promise.resolve();
  }

  async replaceAll(): Promise<void> {
    this.set([await newSigningKey()]);
  }

  publicKey(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export type OauthTestApp = Awaited<ReturnType<typeof startOauthTestApp>>;

interface Given {
  readonly deviceCodeSeconds?: number;
  /** Default: 0, so that what was used is used up. */
  readonly refreshLeewaySeconds?: number;
  /** Hundreds of requests come from one address. */
  readonly generous?: boolean;
  /** In place of doors that let every registration in and no document. */
  readonly doors?: Partial<Pick<OauthGround, 'registration' | 'documents' | 'documentRules' | 'makeRoom'>>;
}

/** The authorization server on a real database and a port of its own, with a sign-in that believes whoever is named. */
export async function startOauthTestApp({ database }: Pick<TestDatabase, 'database'>, given: Given = {}) {
  const app = express();
  const { server, publicUrl } = await listen(app);
  const [keys, revocations, signingKeys] = [await deriveKeys(randomBytes(32)), new Revocations(), new HandKeys()];
  signingKeys.set([await newSigningKey()]);
  const revoked: Revocation[] = [];
  revocations.subscribe((revocation) => void revoked.push(revocation));
  const config = { publicUrl, people: loadConfig({}).people };
  const people = {
    users: new UserService(database, revocations),
    webSessions: new DatabaseWebSessions(config, database),
  };
  const records = new OidcRecords(database, keys, revocations);
  const ground = { ...settingsOf(given), ...people, publicUrl, keys, signingKeys, records };
  const oauth = makeOauthServer(ground);
  const interactions = new LibraryInteractions(config, oauth, people.users);
  app.use(securityHeaders, oauth.handler, signInRoutes({ ...people, interactions, publicUrl }), problems);
  const close = async (): Promise<void> => {
    oauth.onModuleDestroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { ...ground, ...people, oauth, revoked, close };
}

async function listen(app: Express) {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, publicUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function settingsOf({ deviceCodeSeconds = 600, refreshLeewaySeconds = 0, generous, doors }: Given) {
  return {
    accessTokenSeconds: 600,
    signInSeconds: 300,
    mostRequestBytes: 4_096,
    pollSeconds: pollInterval(RATE_LIMITS.device_poll),
    makeRoom: () => Promise.resolve(),
    deviceCodeSeconds,
    refreshLeewaySeconds,
    idleSeconds: 30 * DAY_SECONDS,
    grantSeconds: 365 * DAY_SECONDS,
    limits: new MemoryRateLimits(withDefaults(generous ? GENEROUS : {})),
    pages: new PlainFlowPages(),
    registration: ((_request, _response, next) => next()) satisfies RequestHandler as RequestHandler,
    documents: { fetch: () => Promise.reject(new TypeError('nothing is fetched here')) },
    documentRules: null,
    ...doors,
  };
}

const GENEROUS = Object.fromEntries(
  ['token_address', 'device_address', 'user_code_address', 'user_code_all', 'flow_address'].map((name) => [
    name,
    { points: 1_000_000, seconds: 60 },
  ]),
);

interface SignInParts {
  readonly interactions: Interactions;
  readonly users: UserService;
  readonly webSessions: WebSessions;
  readonly publicUrl: string;
}

function signInRoutes({ interactions, users, webSessions, publicUrl }: SignInParts): Router {
  const cookie = sessionCookie(publicUrl);
  const answer = async (request: Request, response: Response): Promise<void> => {
    const { user, answer: said } = request.body as { user: string; answer: string };
    const { prompt } = await interactions.of(request, response);
    if (said !== 'yes') return interactions.denied(request, response);
    if (prompt === 'consent') return interactions.allowed(request, response);
    const from = { address: '127.0.0.1', agent: 'test' };
    cookie.write(response, await webSessions.begin(await users.get(user), ['pwd'], from));
    return interactions.signedIn(request, response, { userId: user, methods: ['pwd'], signedInAt: new Date() });
  };
  const routes = Router();
  routes.get('/sign-in/:uid', (request, response, next) => {
    interactions.of(request, response).then((interaction) => response.json(interaction), next);
  });
  routes.post('/sign-in/:uid', express.urlencoded({ extended: false }), (request, response, next) => {
    answer(request, response).then(undefined, next);
  });
  return routes;
}

const problems: ErrorRequestHandler = (error, _request, response, _next) => {
  const { code } = error instanceof ServonautError ? error : { code: 'internal' };
  response.status(code === 'internal' ? 500 : 400).json({ code });
};
