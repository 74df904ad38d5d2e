import { auditLineSchema, ChainVerifier, type AuditFault, type AuditRecord } from '@servonaut/contracts';
import { asc } from 'drizzle-orm';
import type { Database } from '../../../platform/database/database.ts';
import { auditHeads } from '../../../platform/database/schema.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { prepareEvent, type AuditEvent, type PreparedEvent } from '../audit-event.ts';
import { entryLine, headLine, rowsOf } from '../audit-lines.ts';
import { headOfRow } from '../head-row.ts';
import { HeadSigner, sha256 } from '../head-signer.ts';

/** The same in every process of a test. */
export const testSigner = async (): Promise<HeadSigner> => HeadSigner.from(await deriveKeys(Buffer.alloc(32, 7)));

/** What the test gives wins. */
export function anEvent(given: Partial<AuditEvent> = {}): AuditEvent {
  const actor = { kind: 'credential', id: 'cred-1', label: 'ci-bot' } as const;
  return { kind: 'call.arrived', userId: '42', actor, data: { tool: 'run_command' }, ...given };
}

export const aPreparedEvent = (given: Partial<AuditEvent> = {}): PreparedEvent =>
  prepareEvent(anEvent(given), { at: new Date() });

/** Every line of every chain, as an export has them. */
export async function allLines(database: Database): Promise<string[]> {
  const lines: string[] = [];
  for (const row of await database.select().from(auditHeads).orderBy(asc(auditHeads.chain))) {
    const head = headOfRow(row);
    lines.push(headLine(head));
    const rows = rowsOf(database, { chain: head.chain, after: head.first_seq - 1, until: Number.MAX_SAFE_INTEGER });
    for await (const entry of rows) lines.push(entryLine(entry));
  }
  return lines;
}

/** The records of a chain, in order. */
export async function recordsOf(database: Database, chain: string): Promise<AuditRecord[]> {
  const lines = (await allLines(database)).map((line) => auditLineSchema.parse(JSON.parse(line)));
  return lines.flatMap((line) => ('record' in line && line.record.chain === chain ? [line.record] : []));
}

/** What a verifier finds in the database, and how many records it has looked at. */
export async function verifyAll(database: Database): Promise<{ faults: AuditFault[]; records: number }> {
  const faults: AuditFault[] = [];
  const { verifies } = await testSigner();
  const verifier = new ChainVerifier({ sha256, verifySignature: verifies, onFault: (fault) => faults.push(fault) });
  for (const line of await allLines(database)) verifier.takeText(line);
  verifier.end();
  return { faults, records: verifier.records };
}
