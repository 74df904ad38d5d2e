import { Injectable } from '@nestjs/common';
import { auditChainOf, executorHashSchema, type ExecutorHashBody } from '@servonaut/contracts';
import { AuditQuery, type AuditRow } from '../../audit/index.ts';
import { pageOf } from '../../../platform/http/page-cursor.ts';

/** What a user's executors have put on record of their own, as the chain of the user has it. */
@Injectable()
export class ExecutorHashes {
  constructor(private readonly query: AuditQuery) {}

  /**
   * The oldest first; fewer than `limit`, also none, while there are more.
   * @param after the place in the chain where the page before this one ended
   * @returns and where this one does, when there are more
   */
  async page(userId: string, { after, limit }: { after: number | undefined; limit: number }) {
    const rows = await this.query.ofKind(auditChainOf(userId), 'call.ended', { after, limit: limit + 1 });
    const { page, last } = pageOf(rows, limit);
    return { hashes: page.flatMap((row) => hashIn(row) ?? []), next: last?.seq };
  }
}

/**
 * Undefined for an end of which no executor of the user has told: of what they have asked of somebody else's, which names its `owner`, the record is on that
 * one's machine. What somebody has changed so that it is no record any more is for a verifier to tell; here it is missing.
 */
function hashIn({ body }: AuditRow): ExecutorHashBody | undefined {
  const { at, request_id, data } = readable(body);
  if (typeof data !== 'object' || data === null || 'owner' in data) return undefined;
  const { outcome, executor: executor_id, executor_audit_hash } = data as Record<string, unknown>;
  return executorHashSchema.safeParse({ request_id, at, outcome, executor_id, executor_audit_hash }).data;
}

function readable(body: string): Partial<Record<'at' | 'request_id' | 'data', unknown>> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
