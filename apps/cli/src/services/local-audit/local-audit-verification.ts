import { createReadStream, existsSync } from 'node:fs';
import { ServonautError, type ExecutorHashBody } from '@servonaut/contracts';
import { summarizeJournal } from '../../journal/journal-summary.ts';
import { AuditComparison, type Comparison } from '../../local-audit/audit-comparison.ts';
import type { ChainLink, LocalEntry } from '../../local-audit/audit-entry.ts';
import { allFiles, auditFolder, fullFiles } from '../../local-audit/audit-files.ts';
import { ChainVerification } from '../../local-audit/chain-verification.ts';
import { storedExecutorId } from '../../relay/executor-id.ts';
import { textLines } from '../audit/text-lines.ts';

/** How often it is begun anew because an executor has gone on in another file meanwhile. */
const MOST_TRIES = 3;
/** A result that left this recently, in milliseconds, need not be in the coordinator's audit yet. */
const SETTLED_AFTER_MS = 60_000;

export interface LocalVerification {
  readonly chain: ChainVerification;
  /** Undefined when it was not asked for. */
  readonly comparison: Comparison | undefined;
}

/**
 * Reads the whole audit of a profile, which an executor may be writing.
 * @param rows what the coordinator has, read before this, since what comes later is then in the local audit
 */
export async function verifyLocalAudit(
  stateDir: string,
  kept: readonly ChainLink[],
  rows?: readonly ExecutorHashBody[],
): Promise<LocalVerification> {
  const [folder, settledBefore] = [auditFolder(stateDir), Date.now() - SETTLED_AFTER_MS];
  for (let attempt = 1; ; attempt += 1) {
    const files = fullFiles(folder).join();
    const [chain, comparison] = [new ChainVerification(kept), new AuditComparison()];
    await readAll(folder, chain, (entry) => rows && comparison.add(entry));
    if (fullFiles(folder).join() !== files && attempt < MOST_TRIES) continue;
    const id = storedExecutorId(stateDir);
    const undelivered = new Set(summarizeJournal(stateDir).undelivered.map((result) => result.id));
    const { isTrimmed } = chain;
    const facts = { executorIds: id === undefined ? [] : [id], undelivered, settledBefore, isTrimmed };
    return { chain, comparison: rows && comparison.compare(rows, facts) };
  }
}

async function readAll(folder: string, chain: ChainVerification, onEntry: (entry: LocalEntry) => void): Promise<void> {
  for (const path of allFiles(folder).filter((file) => existsSync(file)))
    for await (const line of textLines(createReadStream(path))) {
      const entry = chain.take(line);
      if (entry) onEntry(entry);
    }
  chain.end();
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
