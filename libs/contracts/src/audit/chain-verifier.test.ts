import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  auditLineSchema,
  canonicalJson,
  ChainVerifier,
  headText,
  linkHash,
  NO_RECORD,
  type AuditEntry,
  type AuditFault,
  type AuditHead,
  type AuditLine,
  type AuditRecord,
  type KeptLink,
  type UnsignedAuditHead,
} from './index.ts';

const protocolFolder = new URL('../../../../docs/protocol/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, protocolFolder), 'utf8');

/** The key of the golden files: 32 bytes of 7 behind the PKCS #8 header of RFC 8410. */
const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
const publicKey = createPublicKey(privateKey);
const kid = String(JSON.parse(read('golden/keys.json')).coordinator_public.x);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const verifySignature = (by: string, text: string, signature: string): boolean =>
  by === kid && verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));

function faultsOf(lines: readonly AuditLine[], kept: readonly KeptLink[] = [], isComplete = false): AuditFault[] {
  const faults: AuditFault[] = [];
  const onFault = (fault: AuditFault): number => faults.push(fault);
  const verifier = new ChainVerifier({ sha256, verifySignature, kept, isComplete, onFault });
  for (const line of lines) verifier.take(line);
  verifier.end();
  return faults;
}

function signed(head: UnsignedAuditHead): AuditHead {
  return { ...head, signature: sign(null, Buffer.from(headText(head)), privateKey).toString('base64url') };
}

/** A chain as the coordinator makes it. */
function aChain(
  length: number,
  chain = 'user:42',
  given: Partial<AuditRecord> = {},
): { head: AuditHead; entries: AuditEntry[] } {
  let hash = NO_RECORD;
  const at = '2026-11-22T10:00:00.000Z';
  const entries = Array.from({ length }, (_, index) => {
    const actor = { kind: 'credential', id: 'ci' } as const;
    const place = { v: 1, chain, seq: index + 1, at } as const;
    const record = { ...place, kind: 'call.ended', actor, request_id: null, data: {}, ...given };
    hash = linkHash(sha256, hash, canonicalJson(record));
    return { record, hash };
  });
  return { head: signed({ v: 1, chain, seq: length, hash, at, first_seq: 1, first_prev: NO_RECORD, kid }), entries };
}

describe('the golden chain of docs/protocol', () => {
  const lines = read('audit/chain.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => auditLineSchema.parse(JSON.parse(line)));

  it('verifies', () => expect(faultsOf(lines)).toEqual([]));

  it('is written in canonical form', () => {
    expect(`${lines.map((line) => canonicalJson(line)).join('\n')}\n`).toBe(read('audit/chain.jsonl'));
  });

  it('is quoted by docs/protocol/audit.md as it stands', () => {
    expect(read('audit.md')).toContain(`\`\`\`json\n${read('audit/chain.jsonl')}\`\`\``);
  });
});

describe('the verifier', () => {
  const { head, entries } = aChain(6);
  const chainOf = (kept: readonly AuditEntry[], by: AuditHead = head): AuditLine[] => [{ head: by }, ...kept];
  const altered = ({ record, hash }: AuditEntry, data: Record<string, string>): AuditEntry => ({
    record: { ...record, data },
    hash,
  });

  it('finds nothing in a chain that nobody has touched, of any length', () => {
    for (const length of [0, 1, 2, 6]) {
      const chain = aChain(length);
      expect(faultsOf(chainOf(chain.entries, chain.head))).toEqual([]);
    }
  });

  it('finds a record that was removed', () => {
    expect(faultsOf(chainOf(entries.toSpliced(2, 1)))).toEqual([{ chain: 'user:42', seq: 3, fault: 'missing' }]);
    expect(faultsOf(chainOf(entries.toSpliced(0, 2)))).toEqual([
      { chain: 'user:42', seq: 1, fault: 'missing', until: 2 },
    ]);
  });

  it('finds a field that was changed', () => {
    const changed = entries.with(2, altered(entries[2]!, { outcome: 'failed' }));
    expect(faultsOf(chainOf(changed))).toEqual([{ chain: 'user:42', seq: 3, fault: 'changed' }]);
  });

  it('finds a changed field whose hash was made anew, at the record after it', () => {
    const forged = altered(entries[2]!, { outcome: 'failed' });
    const hash = linkHash(sha256, entries[1]!.hash, canonicalJson(forged.record));
    expect(faultsOf(chainOf(entries.with(2, { ...forged, hash })))).toEqual([
      { chain: 'user:42', seq: 4, fault: 'changed' },
    ]);
  });

  it('finds two records that were swapped', () => {
    const swapped = entries.with(2, entries[3]!).with(3, entries[2]!);
    expect(faultsOf(chainOf(swapped))).toEqual([{ chain: 'user:42', seq: 3, fault: 'moved' }]);
  });

  it('finds that the last record was cut off', () => {
    expect(faultsOf(chainOf(entries.slice(0, -1)))).toEqual([{ chain: 'user:42', seq: 6, fault: 'cut_off' }]);
    expect(faultsOf(chainOf([]))).toEqual([{ chain: 'user:42', seq: 1, fault: 'cut_off', until: 6 }]);
  });

  it('finds a chain made anew from the start by somebody without the key', () => {
    const other = aChain(5);
    const forged = { ...other.head, signature: head.signature };
    expect(faultsOf(chainOf(other.entries, forged))).toEqual([{ chain: 'user:42', seq: null, fault: 'head_forged' }]);
    expect(faultsOf(chainOf(entries, { ...head, kid: 'another' }))).toMatchObject([{ fault: 'head_forged' }]);
  });

  it('finds a record that the head does not know', () => {
    const { entries: longer } = aChain(7);
    expect(faultsOf(chainOf(longer))).toEqual([{ chain: 'user:42', seq: 7, fault: 'added' }]);
  });

  it('finds another last record', () => {
    const forged = altered(entries[5]!, { outcome: 'failed' });
    const hash = linkHash(sha256, entries[4]!.hash, canonicalJson(forged.record));
    expect(faultsOf(chainOf(entries.with(5, { ...forged, hash })))).toMatchObject([{ seq: 6, fault: 'other_end' }]);
  });

  it('finds an older state only by what somebody has kept', () => {
    const { head: older, entries: rest } = aChain(4);
    const kept = [{ chain: 'user:42', seq: 6, hash: entries[5]!.hash }];
    expect(faultsOf(chainOf(rest, older))).toEqual([]);
    expect(faultsOf(chainOf(rest, older), kept)).toEqual([{ chain: 'user:42', seq: 6, fault: 'rolled_back' }]);
    expect(faultsOf([], kept)).toEqual([{ chain: 'user:42', seq: 6, fault: 'rolled_back' }]);
    expect(faultsOf(chainOf(entries), kept)).toEqual([]);
    const other = [{ chain: 'user:42', seq: 3, hash: entries[4]!.hash }];
    expect(faultsOf(chainOf(entries), other)).toEqual([{ chain: 'user:42', seq: 3, fault: 'rolled_back' }]);
  });

  it('takes a chain whose oldest records were removed by their time', () => {
    const pruned = signed({ ...head, first_seq: 4, first_prev: entries[2]!.hash });
    expect(faultsOf(chainOf(entries.slice(3), pruned))).toEqual([]);
    expect(faultsOf(chainOf(entries.slice(4), pruned))).toMatchObject([{ seq: 4, fault: 'missing' }]);
    const kept = [{ chain: 'user:42', seq: 3, hash: entries[1]!.hash }];
    expect(faultsOf(chainOf(entries.slice(3), pruned), kept)).toMatchObject([{ seq: 3, fault: 'rolled_back' }]);
  });

  it('says after which record a line is none', () => {
    const faults: AuditFault[] = [];
    const verifier = new ChainVerifier({ sha256, verifySignature, onFault: (fault) => faults.push(fault) });
    const lines = chainOf(entries).map((line) => canonicalJson(line));
    for (const line of lines.with(3, lines[3]!.slice(0, 40))) verifier.takeText(line);
    verifier.end();
    expect(faults).toEqual([
      { chain: 'user:42', seq: 2, fault: 'malformed' },
      { chain: 'user:42', seq: 3, fault: 'missing' },
    ]);
  });

  it('checks several chains one after another, and wants a head for each', () => {
    const second = aChain(2, 'coordinator');
    expect(faultsOf([...chainOf(entries), { head: second.head }, ...second.entries])).toEqual([]);
    expect(faultsOf([...chainOf(entries), ...second.entries])).toMatchObject([
      { chain: 'coordinator', seq: 1, fault: 'no_head' },
      { chain: 'coordinator', seq: 2, fault: 'no_head' },
    ]);
  });

  describe('of all chains', () => {
    const begun = (length: number): AuditLine[] => {
      const chain = aChain(length, 'coordinator', { kind: 'chain.begun', data: { chain: 'user:42' } });
      return chainOf(chain.entries, chain.head);
    };
    const faultsOfAll = (lines: readonly AuditLine[]): AuditFault[] => faultsOf(lines, [], true);
    const inUser42 = (fault: AuditFault['fault']) => ({ chain: 'user:42', seq: null, fault });

    it('finds one that is gone, by what says that it was begun', () => {
      expect(faultsOfAll([...begun(1), ...chainOf(entries)])).toEqual([]);
      expect(faultsOfAll(begun(1))).toEqual([inUser42('no_chain')]);
      expect(faultsOf(begun(1))).toEqual([]);
      expect(faultsOfAll([])).toEqual([]);
    });

    it('finds one that has taken the place of another', () => {
      expect(faultsOfAll([...begun(2), ...chainOf(entries)])).toEqual([inUser42('begun_again')]);
    });

    it('finds that what said of it that it was begun is gone, or was itself begun anew', () => {
      expect(faultsOfAll(chainOf(entries))).toEqual([
        { chain: 'coordinator', seq: null, fault: 'no_chain' },
        inUser42('not_begun'),
      ]);
      expect(faultsOfAll([...begun(0), ...chainOf(entries)])).toEqual([inUser42('not_begun')]);
    });
  });

  it.each([
    [
      'a member before another of that name',
      (line: string) => line.replace('"record":{', '"record":{"kind":"other.kind",'),
    ],
    [
      'a record before another',
      (line: string) => line.replace('"record":', '"record":{"kind":"other.kind"},"record":'),
    ],
    ['a space', (line: string) => line.replace(',', ', ')],
  ])('takes no text but the one that was hashed: not with %s', (_, alter) => {
    const faults: AuditFault[] = [];
    const verifier = new ChainVerifier({ sha256, verifySignature, onFault: (fault) => faults.push(fault) });
    const lines = chainOf(entries).map((line) => canonicalJson(line));
    for (const line of lines.with(3, alter(lines[3]!))) verifier.takeText(line);
    verifier.end();
    expect(faults).toEqual([{ chain: 'user:42', seq: 3, fault: 'changed' }]);
  });

  it('hashes every member, whatever its name', () => {
    const chain = aChain(1, 'user:42', { data: JSON.parse('{"__proto__":"x"}') });
    expect(faultsOf(chainOf(chain.entries, chain.head))).toEqual([]);
  });

  it('passes on that a record is found by what it does not say', () => {
    const filed = { ...entries[2]!, filed_as: { kind: 'call.arrived' } };
    expect(faultsOf(chainOf(entries.with(2, filed)))).toEqual([{ chain: 'user:42', seq: 3, fault: 'misfiled' }]);
  });

  it('finds whatever is done to the records, by whoever has no key', () => {
    const { head: long, entries: all } = aChain(30);
    const position = fc.nat(29);
    const tampering = fc.oneof(
      position.map((at) => (rows: AuditEntry[]) => rows.toSpliced(at, 1)),
      fc
        .tuple(position, position)
        .filter(([a, b]) => a !== b)
        .map(
          ([a, b]) =>
            (rows: AuditEntry[]) =>
              rows.with(a, rows[b]!).with(b, rows[a]!),
        ),
      position.map((at) => (rows: AuditEntry[]) => rows.with(at, altered(rows[at]!, { by: 'x' }))),
      position.map((at) => (rows: AuditEntry[]) => rows.slice(0, at)),
      position.map((at) => (rows: AuditEntry[]) => rows.toSpliced(at, 0, rows[at]!)),
    );
    fc.assert(
      fc.property(tampering, (tamper) => {
        expect(faultsOf(chainOf(tamper(all), long))).not.toEqual([]);
      }),
    );
  });
});
