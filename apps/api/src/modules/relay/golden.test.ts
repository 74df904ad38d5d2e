import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXECUTOR_PATHS, executorRegistrationSchema, type CommandRequest } from '@servonaut/contracts';
import type { SealPublicJwk } from '../../platform/secrets/coordinator-keys.ts';
import { PendingStore } from './pending/pending-store.ts';
import { RequestSealer, type ClearRequest } from './seal/request-sealer.ts';
import { aRequestRecord } from './testing/records.ts';
import { startRelayApp, type RelayApp } from './testing/relay-app.ts';

const golden = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../../../../docs/protocol/golden/${name}.json`, import.meta.url), 'utf8'));

describe('the golden requests of docs/protocol', () => {
  /** The key of the golden files: 32 bytes of 7 behind the PKCS #8 header of RFC 8410. */
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { coordinator_public: sealPublicJwk } = golden('keys') as { coordinator_public: SealPublicJwk };
  const sealer = new RequestSealer({ sealPublicJwk, signSeal: (bytes) => sign(null, bytes, key) });

  it.each(['command-request-sealed', 'cancel-request'])('%s is sealed to the letter', (name) => {
    const { seal, ...request } = golden(name) as CommandRequest;
    expect(sealer.seal(request as ClearRequest, String(request.executor_id), null)).toEqual({ ...request, seal });
  });
});

describe('the golden messages of executors', () => {
  let app: RelayApp;
  beforeAll(async () => {
    app = await startRelayApp();
  }, 60_000);
  afterAll(() => app.close());

  const requestId = String(golden('command-ack')['request_id']);
  const executorId = String(golden('command-ack')['executor_id']);

  async function newUser(name: string) {
    const { token, ...owner } = await app.newUser(name, ['relay:connect']);
    const post = async (path: string, body: unknown): Promise<[number, unknown]> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${app.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return [answer.status, await answer.json()];
    };
    return { ...owner, post };
  }

  it('register an executor and keep it present', async () => {
    const { post } = await newUser('olga');
    const registration = golden('register-executor');
    const [status, registered] = await post(EXECUTOR_PATHS.register, registration);
    expect(status).toBe(200);
    const { executor_id } = executorRegistrationSchema.parse(registered);
    const [, again] = await post(EXECUTOR_PATHS.register, { ...registration, executor_id });
    expect(again).toMatchObject({ executor_id });
    expect((await post(EXECUTOR_PATHS.heartbeat, { ...golden('heartbeat'), executor_id }))[0]).toBe(200);
    expect((await post(EXECUTOR_PATHS.heartbeat, golden('heartbeat-legacy')))[0]).toBe(200);
  });

  it.each([
    ['command-result', 'succeeded'],
    ['command-result-base', 'succeeded'],
    ['command-result-rejected', 'rejected'],
  ])('start a request and end it by %s', async (name, outcome) => {
    const { userId, credentialId, post } = await newUser(`${name}-owner`);
    const { executor_id: _, ...result } = golden(name);
    const executorHolding = { userId, credentialId, secretHash: null };
    const pending = app.app.get(PendingStore);
    await pending.create(aRequestRecord({ requestId, userId, executorId, executorHolding }));
    const accepted = [200, { accepted: true }];
    expect(await post(EXECUTOR_PATHS.ack, golden('command-ack'))).toEqual(accepted);
    expect(await post(EXECUTOR_PATHS.progress, golden('command-progress'))).toEqual(accepted);
    expect(await post(EXECUTOR_PATHS.result, golden(name))).toEqual(accepted);
    expect(await pending.get(userId, requestId)).toMatchObject({ state: 'finished', outcome, result });
  });
});
