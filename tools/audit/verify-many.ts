/**
 * Writes an export of many records, verifies it, and tampers with it in four ways that must be found; prints how long each took, and the memory.
 * `node --conditions=@servonaut/source tools/audit/verify-many.ts [--rows 1000000]` exits with 1 when it takes more than `MAX_SECONDS`, or more
 * memory than `MAX_MIB` beyond what the process had before.
 */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { canonicalJson, headText, linkHash, NO_RECORD, type AuditFault } from '@servonaut/contracts';
import { verifyAudit } from '../../apps/cli/src/services/audit/audit-verification.ts';
import { textLines } from '../../apps/cli/src/services/audit/text-lines.ts';

const MAX_SECONDS = 60;
const MAX_MIB = 128;
const MIB = 1024 * 1024;
/** Of what a reader is given at once, in characters. */
const CHUNK_LENGTH = 65_536;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
/** A head names its key by the key itself. */
const kid = String(publicKey.export({ format: 'jwk' }).x);
const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/** As long as a usual record of a call. */
function canonicalRecord(seq: number): string {
  return canonicalJson({
    v: 1,
    chain: 'user:42',
    seq,
    at: new Date(1_795_000_000_000 + seq).toISOString(),
    kind: 'call.arrived',
    actor: { kind: 'credential', id: '0123456789abcdef', label: 'ci-bot', address: '192.0.2.7' },
    request_id: `01934e2a-7c00-7abc-8def-${String(seq).padStart(12, '0')}`,
    data: { tool: 'run_command', server: 'web-1', arguments: { command: `echo ${seq}`, timeout_seconds: 60 } },
  });
}

function signedHead(lastHash: string): string {
  const facts = { v: 1, chain: 'user:42', seq: rows, hash: lastHash, at: '2026-11-22T10:00:00.000Z' } as const;
  const head = { ...facts, first_seq: 1, first_prev: NO_RECORD, kid };
  return canonicalJson({
    head: { ...head, signature: sign(null, Buffer.from(headText(head)), privateKey).toString('base64url') },
  });
}

/** The entries, and the head after them in a file of its own, since it is known last. */
async function writeExport(folder: string): Promise<void> {
  let last: string = NO_RECORD;
  function* lines(): Generator<string, void> {
    for (let seq = 1; seq <= rows; seq += 1) {
      const record = canonicalRecord(seq);
      last = linkHash(sha256, last, record);
      yield `{"hash":"${last}","record":${record}}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'entries')));
  await pipeline(Readable.from([`${signedHead(last)}\n`]), createWriteStream(join(folder, 'head')));
}

/** The lines that come in the place of the line of a record. */
type Tampering = (line: string, seq: number) => readonly string[];

/** By the very code of `servonaut admin audit verify`, which is given its bytes in chunks as a file or a coordinator gives them. */
async function verifyExport(folder: string, tamper: Tampering): Promise<AuditFault[]> {
  const faults: AuditFault[] = [];
  const chunks = tampered(folder, tamper);
  const { brokenOff } = await verifyAudit({ chunks, keys: [kid], onFault: (fault) => faults.push(fault) });
  if (brokenOff) throw brokenOff;
  return faults;
}

async function* tampered(folder: string, tamper: Tampering): AsyncGenerator<Uint8Array, void> {
  yield* createReadStream(join(folder, 'head')) as AsyncIterable<Uint8Array>;
  let seq = 0;
  let chunk = '';
  for await (const line of textLines(createReadStream(join(folder, 'entries')))) {
    seq += 1;
    for (const text of tamper(line, seq)) chunk += `${text}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  yield Buffer.from(chunk);
}

/** Each with the fault that must be found, and no other. */
function tamperings(): readonly (readonly [string, Tampering, string])[] {
  const middle = Math.ceil(rows / 2);
  let held = '';
  const swap: Tampering = (line, seq) => {
    if (seq === middle + 1) return [line, held];
    if (seq !== middle) return [line];
    held = line;
    return [];
  };
  const change = (line: string) => [line.replace('web-1', 'web-2')];
  return [
    ['untouched', (line) => [line], ''],
    ['a row deleted', (line, seq) => (seq === middle ? [] : [line]), `missing at ${middle}`],
    ['a field changed', (line, seq) => (seq === middle ? change(line) : [line]), `changed at ${middle}`],
    ['two rows swapped', swap, `moved at ${middle}`],
    ['the last row cut off', (line, seq) => (seq === rows ? [] : [line]), `cut_off at ${rows}`],
  ];
}

const folder = await mkdtemp(join(tmpdir(), 'servonaut-audit-'));
let failed = false;
try {
  await writeExport(folder);
  const before = process.memoryUsage.rss();
  for (const [what, tamper, expected] of tamperings()) {
    const startedAt = performance.now();
    const faults = await verifyExport(folder, tamper);
    const seconds = (performance.now() - startedAt) / 1_000;
    const found = faults.map(({ fault, seq }) => `${fault} at ${seq}`).join(', ');
    const mib = (process.memoryUsage.rss() - before) / MIB;
    failed ||= found !== expected || seconds > MAX_SECONDS || mib > MAX_MIB;
    console.log(`${rows} rows, ${what}: ${found || 'whole'}; ${seconds.toFixed(1)} s, ${mib.toFixed(0)} MiB more`);
  }
} finally {
  await rm(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
