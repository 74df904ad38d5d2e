import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXECUTOR_PATHS, ServonautError } from '@servonaut/contracts';
import { freePort } from '@servonaut/testkit';
import { lockProfile } from '../../journal/profile-lock.ts';
import { storeExecutorId } from '../../relay/executor-id.ts';
import { FakeCoordinator } from '../../relay/testing/fake-coordinator.ts';
import { makeSealKey } from '../../relay/testing/test-seal.ts';
import { saveCredentials } from '../../session/credentials.ts';
import { FileTokenStore } from '../../session/file-token-store.ts';
import { clockCheck } from './clock-check.ts';
import { connectCheck } from './connect-check.ts';
import { coordinatorCheck, pinnedKeysCheck } from './coordinator-check.ts';
import { checked } from './doctor.ts';
import { hubCheck } from './hub-check.ts';
import { keychainCheck } from './keychain-check.ts';
import { loginCheck } from './login-check.ts';
import type { Patient } from './patient.ts';
import { aPatient } from './testing/a-patient.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NEVER = new AbortController().signal;

let coordinator: FakeCoordinator;
let who: Patient;

beforeEach(async () => {
  coordinator = await FakeCoordinator.start();
  who = await aPatient({ coordinator });
});
afterEach(async () => {
  await who.close();
  await coordinator.stop();
});

const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

describe('a coordinator that is away', () => {
  beforeEach(() => coordinator.stop());
  afterEach(() => coordinator.start());

  it('is a failure, and the only one', async () => {
    expect(await coordinatorCheck(who)).toMatchObject([
      { state: 'failure', what: expect.stringContaining('coordinator') },
    ]);
    const others = [await clockCheck(who), await pinnedKeysCheck(who), await hubCheck(who, NEVER)].flat();
    expect(others.map(({ state, what }) => `${state} ${what}`)).toEqual(
      Array<string>(3).fill('warning Not checked, because of what is said of the coordinator.'),
    );
    expect(await loginCheck(who)).toMatchObject([{ state: 'warning' }, { state: 'ok' }]);
  });
});

describe('the login', () => {
  it('tells who it is', async () => {
    expect(await loginCheck(who)).toMatchObject([{ state: 'ok', what: 'Logged in as ada (test), for relay:connect.' }]);
  });

  it.each<[string, Partial<FakeCoordinator['identity']>, object]>([
    ['lacks the scope', { scopes: ['credentials'] }, { state: 'failure', what: /relay:connect/ }],
    ['is a token that ends soon', { expires_at: inDays(3) }, { state: 'warning', todo: /in 3 days/ }],
    ['is a token that ends later', { expires_at: inDays(30) }, { state: 'ok' }],
    ['is a sign-in that ends soon', { client: 'cli', signed_in_until: inDays(1) }, { state: 'warning' }],
    ['is a sign-in whose token is renewed', { client: 'cli', expires_at: inDays(0.01) }, { state: 'ok' }],
  ])('that %s', async (_, identity, expected) => {
    coordinator.identity = identity;
    const [seen] = await loginCheck(who);
    const matching = Object.entries(expected).map(([name, value]) => [
      name,
      value instanceof RegExp ? expect.stringMatching(value) : (value as unknown),
    ]);
    expect(seen).toMatchObject(Object.fromEntries(matching) as object);
  });

  it('that is missing is a failure, and the only one', async () => {
    const nobody = await aPatient();
    expect(await loginCheck(nobody)).toMatchObject([
      { state: 'failure', todo: expect.stringContaining('login --url') },
    ]);
    expect(await coordinatorCheck(nobody)).toMatchObject([{ state: 'warning' }]);
    expect(await hubCheck(nobody, NEVER)).toMatchObject([{ state: 'warning' }]);
  });

  it('whose token was revoked is a failure', async () => {
    coordinator.token = 'another';
    expect(await loginCheck(who)).toMatchObject([{ state: 'failure' }]);
    expect(await coordinatorCheck(who)).toMatchObject([{ state: 'warning' }]);
  });

  it('that was ended is a failure', async () => {
    coordinator.signedIn = false;
    await signIn('file');
    const { configDir } = who.session.paths;
    const session = (await signInOf(who)).session;
    const tokens = { session, access_token: 'old', refresh_token: 'old', issued_at: 0, expires_at: 1 };
    await new FileTokenStore({ configDir }).save(tokens);
    expect(await loginCheck(who)).toMatchObject([{ state: 'failure', todo: expect.stringContaining('login') }]);
  });
});

async function signIn(place: 'file' | 'keychain'): Promise<void> {
  const known = await who.credentials();
  const { token: _, ...rest } = known as typeof known & { token: string };
  await saveCredentials(who.session.paths, { ...rest, sign_in: { session: randomUUID(), tokens_in: place } });
  who = await anew(who);
}

async function anew({ session }: Patient): Promise<Patient> {
  const { patient } = await import('./patient.ts');
  return patient({ session, settingsFault: undefined, plugins: [], ask: undefined, select: [] });
}

async function signInOf({ credentials }: Patient): Promise<{ session: string }> {
  const known = await credentials();
  if (!('sign_in' in known)) throw new Error('nobody signed in');
  return known.sign_in;
}

describe('the keychain', () => {
  const broken = () => Promise.reject(new Error('locked'));

  it('that does not work is a failure for a profile with its tokens there', async () => {
    await signIn('keychain');
    expect(await keychainCheck(who, broken)).toMatchObject([
      { state: 'failure', todo: expect.stringContaining('Unlock it') },
    ]);
  });

  it('that does not work is no matter otherwise', async () => {
    expect(await keychainCheck(who, broken)).toMatchObject([{ state: 'ok' }]);
  });

  it('that works is well', async () => {
    expect(await keychainCheck(who, () => Promise.resolve(undefined))).toMatchObject([
      { state: 'ok', what: 'It keeps what is put there.' },
    ]);
  });
});

describe('the coordinator', () => {
  it('tells its version, and how fast it is', async () => {
    expect(await coordinatorCheck(who)).toMatchObject([
      {
        state: 'ok',
        what: expect.stringMatching(/^Answers in [\d.]+ ms, version 0\.1\.0\.$/),
        detail: coordinator.url,
      },
    ]);
  });

  it('with another key than the pinned one is a failure', async () => {
    expect(await pinnedKeysCheck(who)).toMatchObject([{ state: 'ok' }]);
    coordinator.sealKey = await makeSealKey();
    const later = await anew(who);
    expect(await checked(() => pinnedKeysCheck(later), null)).toMatchObject([
      { state: 'failure', todo: expect.stringContaining('find out why') },
    ]);
    await later.close();
  });
});

describe('the clock', () => {
  it.each([
    [HOUR_MS, 'warning', /^This machine's clock is \d+\.\d s behind/],
    [-HOUR_MS, 'warning', /^This machine's clock is \d+\.\d s ahead of/],
    [0, 'ok', /coordinator's\.$/],
  ])('with a coordinator that is %i ms ahead', async (aheadMs, state, what) => {
    coordinator.identity = { server_time: new Date(Date.now() + aheadMs).toISOString() };
    expect(await clockCheck(who)).toMatchObject([{ state, what: expect.stringMatching(what) }]);
  });
});

describe('the hub', () => {
  let impostor: Server | undefined;
  afterEach(() => void impostor?.close());

  /** What answers in place of a hub. */
  const answering = async (status: number): Promise<void> => {
    impostor = createServer((_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end());
    await new Promise<void>((resolve) => impostor?.listen(0, '127.0.0.1', resolve));
    coordinator.hubPort = (impostor.address() as AddressInfo).port;
  };

  it('opens a stream, and leaves none', async () => {
    expect(await hubCheck(who, NEVER)).toMatchObject([
      { state: 'ok', what: expect.stringMatching(/^A stream opens in [\d.]+ ms, protocol 0\.x\.$/) },
    ]);
    expect(coordinator.registrations).toEqual([]);
  });

  it('at another address than the coordinator is said to be there', async () => {
    coordinator.hubHost = 'localhost';
    expect(await hubCheck(who, NEVER)).toMatchObject([
      { state: 'ok', what: expect.stringContaining('It is at another address than the coordinator.') },
    ]);
  });

  it('that cannot be reached is a failure that says where it should be', async () => {
    coordinator.hubPort = await freePort();
    expect(await hubCheck(who, NEVER)).toMatchObject([
      {
        state: 'failure',
        what: expect.stringContaining('at another port than the coordinator'),
        todo: expect.stringContaining('firewall'),
        detail: expect.stringContaining(String(coordinator.hubPort)),
      },
    ]);
  });

  it.each([
    [401, 'MERCURE_SUBSCRIBER_JWT_KEY'],
    [200, 'Something answers in its place'],
    [502, 'Something answers in its place'],
  ])('that answers %i is a failure', async (status, todo) => {
    await answering(status);
    expect(await hubCheck(who, NEVER)).toMatchObject([{ state: 'failure', todo: expect.stringContaining(todo) }]);
  });

  it('of which only executors that registered once are told is not checked', async () => {
    coordinator.faults.set(EXECUTOR_PATHS.mercureToken, () => new ServonautError('executor_outdated'));
    expect(await hubCheck(who, NEVER)).toMatchObject([{ state: 'warning', todo: expect.stringContaining('connect') }]);
  });
});

describe('connect', () => {
  const record = (state: 'online' | 'draining') => {
    const at = new Date().toISOString();
    const facts = { profile: 'test', version: '0.1.0', registered_at: at, last_seen_at: at };
    return { executor_id: coordinator.executorId, state, ...facts, servers: 1, tools: 1, running: 0 };
  };

  it('that does not run is a warning', async () => {
    expect(await connectCheck(who)).toMatchObject([{ state: 'warning', todo: expect.stringContaining('connect') }]);
  });

  it.each([
    ['online', 'ok'],
    ['draining', 'warning'],
    ['offline', 'warning'],
  ] as const)('that runs and is %s to the coordinator', async (state, expected) => {
    const { stateDir } = who.session.paths;
    const unlock = lockProfile(stateDir);
    await storeExecutorId(stateDir, coordinator.executorId);
    if (state !== 'offline') coordinator.executors = [record(state)];
    expect(await connectCheck(who)).toMatchObject([
      { state: expected, what: expect.stringContaining(`pid ${process.pid}`) },
    ]);
    unlock();
  });
});
