import { ServonautError, type ExecutorHashBody } from '@servonaut/contracts';
import { summarizeJournal } from '../../journal/journal-summary.ts';
import { AuditComparison, type Comparison } from '../../local-audit/audit-comparison.ts';
import type { ChainLink } from '../../local-audit/audit-entry.ts';
import { auditFolder } from '../../local-audit/audit-files.ts';
import { ChainVerification } from '../../local-audit/chain-verification.ts';
import { storedExecutorId } from '../../relay/executor-id.ts';
import { chainLines } from './chain-lines.ts';

/** A result that left this recently, in milliseconds, need not be in the coordinator's audit yet. */
const SETTLED_AFTER_MS = 60_000;

export interface LocalVerification {
  readonly chain: ChainVerification;
  /** Undefined when it was not asked for. */
  readonly comparison: Comparison | undefined;
}

/**
 * Reads the whole audit of a profile, which an executor may be writing, as it is when this begins.
 * @param rows what the coordinator has, read before this, since what comes later is then in the local audit
 */
export async function verifyLocalAudit(
  stateDir: string,
  kept: readonly ChainLink[],
  rows?: readonly ExecutorHashBody[],
): Promise<LocalVerification> {
  const settledBefore = Date.now() - SETTLED_AFTER_MS;
  const [chain, comparison] = [new ChainVerification(kept), new AuditComparison()];
  for await (const line of chainLines(auditFolder(stateDir))) {
    const entry = chain.take(line);
    if (entry && rows) comparison.add(entry);
  }
  chain.end();
  const id = storedExecutorId(stateDir);
  const undelivered = new Set(summarizeJournal(stateDir).undelivered.map((result) => result.id));
  const facts = { executorIds: id === undefined ? [] : [id], undelivered, settledBefore, trim: chain.trim };
  return { chain, comparison: rows && comparison.compare(rows, facts) };
}

const HEAD = /^(\d{1,15}):([\w-]{43})$/;

/** A head as it was printed. @throws ServonautError `invalid_request` */
export function readHead(text: string): ChainLink {
  const [, seq, hash] = HEAD.exec(text) ?? [];
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
  throw new ServonautError('invalid_request', {
    message: `"${text}" is no head of this audit.`,
    nextStep: 'Give it as it was printed: SEQ:HASH.',
  });
}
