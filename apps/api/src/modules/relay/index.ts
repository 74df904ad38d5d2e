export { ExecutorAdministration } from './administration/executor-administration.ts';
export { RequestAdministration } from './administration/request-administration.ts';
export type { Executor } from './executors/executor-record.ts';
export type { RequestRecord } from './pending/request-record.ts';
export { deadlineQueueModule } from './pending/deadline-queue.ts';
export type { RelayCall, RequestView } from './relay-call.ts';
export { RelayModule } from './relay.module.ts';
export { Relay } from './relay.ts';
