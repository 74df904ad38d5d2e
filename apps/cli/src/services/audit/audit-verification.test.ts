import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, headText, linkHash, NO_RECORD, type AuditFault, type AuditHead } from '@servonaut/contracts';
import { verifyAudit, type VerificationOptions } from './audit-verification.ts';
import { keptText, readKept } from './kept-head.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const kid = String(publicKey.export({ format: 'jwk' }).x);
const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/** Lines of an export of one chain, with signs that some programs take for the end of a line. */
function anExport(chain: string, records: number): string[] {
  let last: string = NO_RECORD;
  const entries = Array.from({ length: records }, (_, index) => {
    const seq = index + 1;
    const actor = { kind: 'coordinator', id: null };
    const facts = { v: 1, chain, seq, at: '2026-11-22T10:00:00.000Z', kind: 'call.ended', actor, request_id: null };
    const record = canonicalJson({ ...facts, data: { note: 'a\u2028b\u0085c €' } });
    last = linkHash(sha256, last, record);
    return `{"hash":"${last}","record":${record}}`;
  });
  const facts = { v: 1, chain, seq: records, hash: last, at: '2026-11-22T10:00:00.000Z' } as const;
  const head = { ...facts, first_seq: 1, first_prev: NO_RECORD, kid };
  const signature = sign(null, Buffer.from(headText(head)), privateKey).toString('base64url');
  return [canonicalJson({ head: { ...head, signature } }), ...entries];
}

/** As a network gives it: cut anywhere. */
async function* inPieces(lines: readonly string[], size = 100): AsyncGenerator<Uint8Array, void> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function verified(chunks: AsyncIterable<Uint8Array>, options: Partial<VerificationOptions> = {}) {
  const [heads, faults]: [AuditHead[], AuditFault[]] = [[], []];
  const watch = { onHead: (head: AuditHead) => heads.push(head), onFault: (fault: AuditFault) => faults.push(fault) };
  const done = await verifyAudit({ chunks, keys: [kid], ...watch, ...options });
  return { ...done, heads, faults };
}

describe('the verification of an export', () => {
  it('finds nothing wrong with what is as it was written, however it is cut into pieces', async () => {
    const lines = [...anExport('coordinator', 3), ...anExport('user:42', 5)];
    for (const size of [1, 7, 100_000])
      expect(await verified(inPieces(lines, size))).toMatchObject({ chains: 2, records: 8, faults: [] });
  });

  it('tells the heads, which can be given again', async () => {
    const { heads } = await verified(inPieces(anExport('user:42', 5)));
    const kept = heads.map((head) => readKept(keptText(head), undefined));
    const later = await verified(inPieces(anExport('user:42', 6)), { kept });
    expect(later.faults).toEqual([]);
    const rolledBack = await verified(inPieces(anExport('user:42', 4)), { kept });
    expect(rolledBack.faults).toEqual([{ chain: 'user:42', seq: 5, fault: 'rolled_back' }]);
  });

  it('believes no head of another key', async () => {
    const { faults } = await verified(inPieces(anExport('user:42', 1)), { keys: ['A'.repeat(43)] });
    expect(faults).toEqual([{ chain: 'user:42', seq: null, fault: 'head_forged' }]);
  });

  it('does not take an export that breaks off for one whose end was removed', async () => {
    const broken = async function* () {
      yield* inPieces(anExport('user:42', 5).slice(0, 3));
      throw new Error('aborted');
    };
    const done = await verified(broken());
    expect(done).toMatchObject({ records: 2, faults: [], brokenOff: { message: 'aborted' } });
    const whole = await verified(inPieces(anExport('user:42', 5).slice(0, 3)));
    expect(whole.faults).toEqual([{ chain: 'user:42', seq: 3, fault: 'cut_off', until: 5 }]);
  });

  it('goes on after what is no line', async () => {
    const [head = '', first = '', ...rest] = anExport('user:42', 3);
    const { faults, records } = await verified(inPieces([head, first, '', '{"half":', ...rest]));
    expect([records, faults.map(({ fault }) => fault)]).toEqual([3, ['malformed', 'malformed']]);
  });
});

describe('a head that was kept', () => {
  const HASH = 'h'.repeat(43);

  it('is of the chain that it names, or else of the one that is verified', () => {
    expect(readKept(`coordinator:7:${HASH}`, 'user:42')).toEqual({ chain: 'coordinator', seq: 7, hash: HASH });
    expect(readKept(`7:${HASH}`, 'user:42')).toEqual({ chain: 'user:42', seq: 7, hash: HASH });
  });

  it.each([`7:${HASH}`, '7', `user:42:7:${HASH}=`, `user:a b:7:${HASH}`])('is not %s', (text) => {
    expect(() => readKept(text, undefined)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
