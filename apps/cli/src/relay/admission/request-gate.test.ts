import { beforeAll, describe, expect, it } from '@jest/globals';
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WIRE_LIMITS, type CommandRequest, type PublicJwk } from '@servonaut/contracts';
import { aCommandRequest } from '@servonaut/testkit';
import { CoordinatorClock } from '../coordinator-clock.ts';
import { encrypt, makeSealKey, seal, type SealKey } from '../testing/test-seal.ts';
import { PayloadKey } from './payload-encryption.ts';
import { RequestGate } from './request-gate.ts';
import { PinnedKeys } from './seal.ts';

const EXECUTOR = '0197a1c2-6f00-7c3a-9d2e-1f4b5a6c7d8e';
const self = { userId: '42', executorId: EXECUTOR };

describe('the gate', () => {
  let key: SealKey;
  let payloadKey: PayloadKey;
  let gate: RequestGate;

  beforeAll(async () => {
    [key, payloadKey] = [await makeSealKey(), PayloadKey.generate()];
    gate = new RequestGate({
      keys: PinnedKeys.import([key.jwk]),
      payloadKey,
      self,
      clock: new CoordinatorClock(),
    });
  });

  const refused = (message: unknown): { code?: string; detail: string | undefined; sealed?: boolean } => {
    const admission = gate.admit(message);
    if (admission?.kind !== 'refusal') throw new Error(`admitted: ${JSON.stringify(admission)}`);
    return { code: admission.error.code, detail: admission.error.detail, sealed: admission.sealed };
  };

  it('admits what the coordinator sealed for this executor', async () => {
    const request = aCommandRequest();
    expect(gate.admit(await seal(request, EXECUTOR, key))).toMatchObject({
      kind: 'run',
      requestId: request.id,
      tool: 'run_command',
      server: 'web-1',
      payload: { command: 'uptime' },
    });
  });

  it('takes nobody for the operator: who is not named is the user of the request', async () => {
    const { principal: _, ...request } = aCommandRequest();
    const [id, label] = [request.user_id, 'not named'];
    expect(gate.admit(await seal(request, EXECUTOR, key))).toMatchObject({ principal: { kind: 'user', id, label } });
  });

  it('believes the seal and not what stands beside it', async () => {
    const sealed = await seal(aCommandRequest(), EXECUTOR, key);
    const forged = { ...sealed, target_server_id: 'db-1', payload: { command: 'rm -rf /' }, ttl_seconds: 3_600 };
    expect(gate.admit(forged)).toMatchObject({ kind: 'run', server: 'web-1', payload: { command: 'uptime' } });
  });

  it('decrypts arguments that are encrypted to its key', async () => {
    const payload = await encrypt({ command: 'id' }, payloadKey.publicJwk);
    expect(gate.admit(await seal(aCommandRequest({ payload }), EXECUTOR, key))).toMatchObject({
      payload: { command: 'id' },
    });
  });

  it('refuses a request without a seal', () => {
    expect(refused(aCommandRequest())).toEqual({ code: 'seal_invalid', detail: 'no seal', sealed: false });
  });

  it('refuses what is not a compact JWS', () => {
    for (const jws of ['', 'a.b', 'a.b.c.d'])
      expect(refused({ ...aCommandRequest(), seal: jws })).toMatchObject({ code: 'seal_invalid', sealed: false });
  });

  it('refuses a key that is not pinned', async () => {
    const message = await seal(aCommandRequest(), EXECUTOR, await makeSealKey());
    expect(refused(message).detail).toBe('sealed with a key that is not pinned');
  });

  it('refuses another key that poses under a pinned id', async () => {
    const message = await seal(aCommandRequest(), EXECUTOR, await makeSealKey(key.jwk.kid));
    expect(refused(message).detail).toBe('the signature does not fit');
  });

  it('refuses sealed bytes that were changed', async () => {
    const { seal: jws = '', ...request } = await seal(aCommandRequest(), EXECUTOR, key);
    const [header, , signature] = jws.split('.');
    const other = Buffer.from(JSON.stringify({ ...request, target_server_id: 'db-1' })).toString('base64url');
    expect(refused({ ...request, seal: `${header}.${other}.${signature}` }).detail).toBe('the signature does not fit');
  });

  it.each([
    ['another type of JWS by the same key', { typ: 'JWT' }],
    ['no audience', { aud: undefined }],
    ['no key id', { kid: undefined }],
    ['another algorithm', { alg: 'Ed25519' }],
    ['an extension that must be understood', { crit: ['b64'], b64: true }],
  ])('refuses a header with %s', async (_, header) => {
    expect(refused(await seal(aCommandRequest(), EXECUTOR, key, header)).detail).toMatch(/^not a header/);
  });

  it.each([
    ['padding', (signature: string) => `${signature}==`],
    ['characters that do not belong there', (signature: string) => `${signature.slice(0, 40)}\n${signature.slice(40)}`],
    // 64 bytes leave four bits of the last character over: this one spells the same bytes with one of them set.
    [
      'stray bits',
      (signature: string) => signature.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[signature.slice(-1)],
    ],
  ])('refuses a signature spelt with %s', async (_, respell) => {
    const sealed = await seal(aCommandRequest(), EXECUTOR, key);
    const [header, payload, signature = ''] = (sealed.seal ?? '').split('.');
    const message = { ...sealed, seal: `${header}.${payload}.${respell(signature)}` };
    expect(Buffer.from(respell(signature), 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    expect(refused(message).detail).toBe('the signature does not fit');
  });

  it('refuses an unsigned JWS', async () => {
    const { seal: jws = '', ...request } = await seal(aCommandRequest(), EXECUTOR, key);
    const header = Buffer.from(
      JSON.stringify({ alg: 'none', typ: 'servonaut-request+jws', kid: key.jwk.kid, aud: EXECUTOR }),
    );
    const unsigned = `${header.toString('base64url')}.${jws.split('.')[1]}.`;
    expect(refused({ ...request, seal: unsigned }).detail).toMatch(/^not a header/);
  });

  it('has nothing to say to what was sealed for another executor of the same user', async () => {
    expect(gate.admit(await seal(aCommandRequest(), 'another', key))).toBeUndefined();
  });

  it('refuses a sealed request that names another executor', async () => {
    const message = await seal(aCommandRequest({ executor_id: 'another' }), EXECUTOR, key);
    expect(refused(message).detail).toBe('sealed request names another executor');
  });

  it("refuses another user's request", async () => {
    expect(refused(await seal(aCommandRequest({ user_id: '43' }), EXECUTOR, key)).detail).toBe(
      'sealed for another user',
    );
  });

  it('refuses something sealed that is not a request', async () => {
    const message = await seal({ hello: 'world' } as unknown as CommandRequest, EXECUTOR, key);
    expect(refused({ ...aCommandRequest(), seal: message.seal }).detail).toBe('sealed, but not a request');
  });

  it('refuses a request whose start-by deadline has passed, as the coordinator sees it', async () => {
    const created_at = new Date(Date.now() - 16_000).toISOString();
    const message = await seal(aCommandRequest({ created_at }), EXECUTOR, key);
    expect(refused(message)).toMatchObject({ code: 'request_expired', sealed: true });
    const asked = { tool: 'run_command', server: 'web-1', principal: { label: 'ci-bot' } };
    expect(gate.admit(message)).toMatchObject(asked);
  });

  it('refuses arguments that are nested so deep that not everybody could look into them', async () => {
    const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const sealed = (depth: number) => seal(aCommandRequest({ payload: { text: nested(depth) } }), EXECUTOR, key);
    expect(gate.admit(await sealed(WIRE_LIMITS.payloadDepth))).toMatchObject({ kind: 'run' });
    expect(refused(await sealed(WIRE_LIMITS.payloadDepth + 1))).toMatchObject({
      code: 'invalid_request',
      sealed: true,
    });
    expect(refused(await sealed(3_000))).toMatchObject({ code: 'invalid_request' });
  });

  it('refuses a request that was not made yet, which could come again when the journal has forgotten it', async () => {
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const message = await seal(aCommandRequest({ created_at: at(120_000) }), EXECUTOR, key);
    expect(refused(message)).toMatchObject({ code: 'invalid_request', sealed: true });
    const soon = await seal(aCommandRequest({ created_at: at(30_000) }), EXECUTOR, key);
    expect(gate.admit(soon)).toMatchObject({ kind: 'run' });
  });

  it('corrects its own clock by the coordinator’s', async () => {
    const clock = new CoordinatorClock(() => Date.now() + 3_600_000);
    clock.learn(new Date().toISOString(), clock.localNow());
    const corrected = new RequestGate({ keys: PinnedKeys.import([key.jwk]), payloadKey, self, clock });
    expect(corrected.admit(await seal(aCommandRequest(), EXECUTOR, key))).toMatchObject({ kind: 'run' });
  });

  it('refuses arguments that are encrypted to the key of the process before it, and says that to ask again is safe', async () => {
    const payload = await encrypt({ command: 'id' }, PayloadKey.generate().publicJwk);
    expect(refused(await seal(aCommandRequest({ payload }), EXECUTOR, key))).toMatchObject({
      code: 'executor_restarted',
      sealed: true,
    });
  });

  it('ignores what has no request id', () => {
    for (const message of [null, 7, 'x', [], {}, { id: 'not a uuid' }]) expect(gate.admit(message)).toBeUndefined();
  });

  it('reads a sealed cancel', async () => {
    const { id } = aCommandRequest();
    const cancel = aCommandRequest({ type: 'cancel_request', target_server_id: null, payload: { request_id: id } });
    const startBy = Date.parse(cancel.created_at) + cancel.ttl_seconds * 1_000;
    expect(gate.admit(await seal(cancel, EXECUTOR, key))).toEqual({ kind: 'cancel', requestId: id, startBy });
  });
});

describe('the golden messages of docs/protocol', () => {
  const golden = (name: string): Record<string, unknown> =>
    JSON.parse(
      readFileSync(new URL(`../../../../../docs/protocol/golden/${name}.json`, import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
  const keysFile = golden('keys') as {
    coordinator_public: PublicJwk;
    executor_public: PublicJwk;
    executor_private: JsonWebKey;
  };

  const gateThen = (): RequestGate =>
    new RequestGate({
      keys: PinnedKeys.import([keysFile.coordinator_public]),
      payloadKey: new PayloadKey(
        keysFile.executor_public,
        createPrivateKey({ key: { ...keysFile.executor_private }, format: 'jwk' }),
      ),
      self,
      clock: new CoordinatorClock(() => Date.parse('2026-11-22T10:00:01.000Z')),
    });

  it.each(['command-request-sealed', 'command-request-encrypted'])('%s is admitted', (name) => {
    expect(gateThen().admit(golden(name))).toMatchObject({
      kind: 'run',
      requestId: '0197a1c3-0b10-7d21-8a45-2b6c7d8e9f01',
      tool: 'run_command',
      server: 'web-1',
      payload: { command: 'uptime', timeout_seconds: 60 },
      principal: { kind: 'credential', id: '7', label: 'ci-bot' },
      startBy: Date.parse('2026-11-22T10:00:15.000Z'),
      createdAt: Date.parse('2026-11-22T10:00:00.000Z'),
      receivedAt: Date.parse('2026-11-22T10:00:01.000Z'),
    });
  });

  it('cancel-request is admitted', () => {
    expect(gateThen().admit(golden('cancel-request'))).toEqual({
      kind: 'cancel',
      requestId: '0197a1c3-0b10-7d21-8a45-2b6c7d8e9f01',
      startBy: Date.parse('2026-11-22T10:00:15.000Z'),
    });
  });

  it('command-request-base, which has no seal, is refused', () => {
    expect(gateThen().admit(golden('command-request-base'))).toMatchObject({
      kind: 'refusal',
      sealed: false,
    });
  });
});
