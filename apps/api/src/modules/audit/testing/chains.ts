import { auditLineSchema, CHAIN_BEGUN, ChainVerifier, type AuditFault, type AuditRecord } from '@servonaut/contracts';
import type { Database } from '../../../platform/database/database.ts';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { prepareEvent, type AuditEvent, type PreparedEvent } from '../audit-event.ts';
import { AuditExport } from '../audit-export.ts';
import { AuditQuery } from '../audit-query.ts';
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

/** Every line of every chain, as an export has them. @param meanwhile happens after each of them */
export async function allLines(
  database: Database,
  meanwhile: (count: number) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const query = new AuditQuery(database, { settle: async () => undefined });
  const lines: string[] = [];
  for await (const line of new AuditExport(database, query).chains()) await meanwhile(lines.push(line.trimEnd()));
  return lines;
}

/** The records of a chain, in order. */
export async function recordsOf(database: Database, chain: string): Promise<AuditRecord[]> {
  const lines = (await allLines(database)).map((line) => auditLineSchema.parse(JSON.parse(line)));
  return lines.flatMap((line) => ('record' in line && line.record.chain === chain ? [line.record] : []));
}

/** What a verifier finds in the database, and how many records it has looked at, but for those of the beginnings of chains. */
export async function verifyAll(
  database: Database,
  meanwhile?: (count: number) => Promise<void>,
): Promise<{ faults: AuditFault[]; records: number }> {
  const faults: AuditFault[] = [];
  const { verifies: verifySignature } = await testSigner();
  const onFault = (fault: AuditFault): number => faults.push(fault);
  const verifier = new ChainVerifier({ sha256, verifySignature, isComplete: true, onFault });
  const lines = await allLines(database, meanwhile);
  for (const line of lines) verifier.takeText(line);
  verifier.end();
  return {
    faults,
    records: verifier.records - lines.filter((line) => line.includes(`"kind":"${CHAIN_BEGUN}"`)).length,
  };
}
