import type { RequestRecord } from './pending/request-record.ts';

/** In whose chain an event of a request stands, and what it says there of the server and of the other user. */
export interface AuditSide {
  readonly userId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One side, or two for what a user asks of another's executors: each of the two finds in their own chain all that concerns them. */
export function auditSides({
  userId,
  server,
  delegation,
}: Pick<RequestRecord, 'userId' | 'server' | 'delegation'>): readonly [AuditSide, ...AuditSide[]] {
  if (!delegation) return [{ userId, data: { server } }];
  const { id, callerId, callerName, ownerName } = delegation;
  const caller = { id: callerId, name: callerName };
  const owner = { id: userId, name: ownerName };
  return [
    { userId, data: { server, delegation: id, caller } },
    { userId: callerId, data: { server: `${ownerName}/${server}`, delegation: id, owner } },
  ];
}
