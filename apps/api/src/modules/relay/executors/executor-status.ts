import type { ExecutorStatus } from '@servonaut/contracts';
import type { Executor } from './executor-record.ts';

/** What the coordinator believes of these executors, as they may read it themselves. */
export function toExecutorStatus(executors: readonly Executor[], now: Date): ExecutorStatus {
  return { executors: executors.map(statusOf), server_time: now.toISOString() };
}

function statusOf({ record, presence }: Executor): ExecutorStatus['executors'][number] {
  return {
    executor_id: record.executorId,
    profile: record.profile,
    version: record.version,
    state: presence.state,
    registered_at: new Date(record.registeredAt).toISOString(),
    last_seen_at: new Date(presence.lastSeenAt).toISOString(),
    servers: record.manifest?.servers.length ?? 0,
    tools: record.manifest?.tools.length ?? 0,
    running: presence.running.length,
  };
}
