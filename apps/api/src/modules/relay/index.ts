export { deadlineQueueModule } from './pending/deadline-queue.ts';
export type { RelayCall, RequestView } from './relay-call.ts';
export { RelayModule } from './relay.module.ts';
export { Relay } from './relay.ts';
