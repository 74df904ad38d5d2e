import {
  delegationIdSchema,
  type ChangeDelegationBody,
  type DelegationBody,
  type DelegationsBody,
  type NewDelegationBody,
} from '@servonaut/contracts';
import { PageCursor, pageOf } from '../../../platform/http/page-cursor.ts';
import { stateOf, type Delegation, type DelegationTerms } from './delegation.ts';
import type { DelegationFilter, DelegationQuery } from './delegation-query.ts';
import type { NewDelegation } from './delegation-service.ts';

/** Delegations as they look over HTTP. */

const cursors = new PageCursor(delegationIdSchema);

export async function presentDelegations(
  query: DelegationQuery,
  filter: DelegationFilter,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<DelegationsBody> {
  const after = cursor === undefined ? undefined : cursors.read(cursor);
  const { page, last } = pageOf(await query.page(filter, { after, limit: limit + 1 }), limit);
  return { delegations: page.map(presentDelegation), next_cursor: last ? cursors.write(last.id) : null };
}

export function presentDelegation(delegation: Delegation): DelegationBody {
  const { id, grantor, grantee, servers, tools, rules, version, createdAt, expiresAt, endedAt } = delegation;
  return {
    id,
    grantor: { ...grantor },
    grantee: { ...grantee },
    state: stateOf(delegation, new Date()),
    servers: [...servers],
    tools: tools && [...tools],
    rules,
    version,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
  };
}

export function readNewDelegation({ expires_at: expires, ...terms }: NewDelegationBody): NewDelegation {
  return { ...terms, expiresAt: expires === null ? null : new Date(expires) };
}

export function readChange({
  expires_at: expires,
  servers,
  tools,
  rules,
}: ChangeDelegationBody): Partial<DelegationTerms> {
  return {
    ...(servers && { servers }),
    ...(tools !== undefined && { tools }),
    ...(rules !== undefined && { rules }),
    ...(expires !== undefined && { expiresAt: expires === null ? null : new Date(expires) }),
  };
}
