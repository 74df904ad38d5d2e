export type { RelayCall, RequestView } from './relay-call.ts';
export { Relay } from './relay.ts';
