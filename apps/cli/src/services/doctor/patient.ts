import { ServonautError, type ErrorCode, type Identity } from '@servonaut/contracts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { Server, SshTarget } from '../../inventory/server.ts';
import { CoordinatorClient } from '../../relay/coordinator-client.ts';
import { CoordinatorClock } from '../../relay/coordinator-clock.ts';
import { loadCredentials, type Credentials } from '../../session/credentials.ts';
import { profileTokens } from '../../session/profile-tokens.ts';
import type { Session } from '../../session/session.ts';
import { inTime } from '../../ssh/deadline.ts';
import type { AskPassphrase } from '../../ssh/unlocked-keys.ts';
import type { PluginPackage } from '../plugin-package.ts';
import { chosenServers } from '../server-list.ts';
import { sessionInventory } from '../session-inventory.ts';

/** What the coordinator has answered, or whose fault it is that it has not. */
export type Asked =
  | {
      readonly identity: Identity;
      /** Of one call on a warm connection. */
      readonly latencyMs: number;
      /** By which the coordinator's clock is ahead of this machine's; 0 where it cannot be told from none. */
      readonly offsetMs: number;
    }
  | { readonly error: unknown; readonly whose: 'login' | 'coordinator' };

/** A server, and the way to it if there is one. */
export interface Reached {
  readonly server: Server;
  readonly target: SshTarget | null;
}

/** Who is examined. What several checks look at is asked for once, and waited for no longer than one check may take. */
export interface Patient {
  readonly session: Session;
  /** Why the settings are not those of the operator. */
  readonly settingsFault: ServonautError | undefined;
  readonly plugins: readonly PluginPackage[];
  /** Asks for the passphrases of key files, without which servers may let nobody in; undefined where nobody can be asked. */
  readonly ask: AskPassphrase | undefined;
  /** @throws ServonautError as `loadCredentials` */
  readonly credentials: () => Promise<Credentials>;
  /** @throws ServonautError as `loadCredentials` */
  readonly client: () => Promise<CoordinatorClient>;
  readonly coordinator: () => Promise<Asked>;
  /** @throws ServonautError as `loadInventory` */
  readonly inventory: () => Promise<Inventory>;
  /** Those that are to be looked at. @throws ServonautError `config_invalid`, or `unknown_server` for a name that is none */
  readonly servers: () => Promise<readonly Reached[]>;
  readonly close: () => Promise<void>;
}

export interface PatientFacts extends Pick<Patient, 'session' | 'settingsFault' | 'plugins' | 'ask'> {
  /** Terms that choose servers; all when there are none. */
  readonly select: readonly string[];
}

/** Where the coordinator was not what failed. */
const OF_LOGIN: readonly ErrorCode[] = [
  'config_invalid',
  'insufficient_scope',
  'not_entitled',
  'not_logged_in',
  'signed_out',
  'token_expired',
  'token_invalid',
  'token_revoked',
  'unauthenticated',
];

const NEVER = new AbortController().signal;

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

export function patient({ select, ...facts }: PatientFacts): Patient {
  const { session } = facts;
  const seconds = session.settings.doctor_timeout_seconds.value;
  const bounded = <T>(what: string, ask: () => Promise<T>) =>
    inTime(seconds * 1_000, NEVER, () => late(what, seconds), ask);
  const credentials = once(() => bounded('The log-in of the profile', () => loadCredentials(session.paths)));
  const client = once(async () => openClient(session, await credentials()));
  const inventory = once(() => bounded('The inventory', () => sessionInventory(session)));
  const reached = async (server: Server): Promise<Reached> => {
    const way = bounded('The way to a server', () => server.target());
    // A configuration that leads nowhere is told of by the test of the server.
    return { server, target: await way.catch(() => null) };
  };
  return {
    ...facts,
    credentials,
    client,
    coordinator: once(() => client().then(askCoordinator).catch(faultOf)),
    inventory,
    servers: once(async () => Promise.all(chosenServers(await inventory(), select).map(reached))),
    close: () =>
      client().then(
        (opened) => opened.close(),
        () => undefined,
      ),
  };
}

function openClient(session: Session, credentials: Credentials): CoordinatorClient {
  const { call_timeout_seconds: call, doctor_timeout_seconds: check } = session.settings;
  return new CoordinatorClient({
    url: credentials.url,
    // What keeps tokens from being renewed has a finding once it keeps something from working.
    tokens: profileTokens(session.paths, credentials, () => undefined),
    timeoutMs: Math.min(call.value, check.value) * 1_000,
  });
}

/** Twice: the first call opens the connection, and may renew tokens. */
async function askCoordinator(client: CoordinatorClient): Promise<Asked> {
  await client.identity();
  const clock = new CoordinatorClock();
  const [askedAt, started] = [clock.localNow(), performance.now()];
  const identity = await client.identity();
  const latencyMs = performance.now() - started;
  clock.learn(identity.server_time, askedAt);
  return { identity, latencyMs, offsetMs: clock.now() - clock.localNow() };
}

function faultOf(error: unknown): Asked {
  const isOfLogin = error instanceof ServonautError && OF_LOGIN.includes(error.code);
  return { error, whose: isOfLogin ? 'login' : 'coordinator' };
}

function late(what: string, seconds: number): ServonautError {
  return new ServonautError('config_invalid', {
    message: `${what} could not be read within ${seconds} s.`,
    nextStep: 'Find out what hangs, or give it more time by doctor_timeout_seconds.',
  });
}
