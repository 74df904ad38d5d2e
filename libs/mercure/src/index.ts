export type { BackoffOptions } from './backoff.ts';
export { type Clock, systemClock } from './clock.ts';
export type { ReceivedUpdate } from './event-stream.ts';
export { HttpPublisher, type HttpPublisherOptions } from './http-publisher.ts';
export type { HubProtocol } from './hub-connection.ts';
export { HUB_DEFAULTS, type HubLogger, type MercureHubOptions } from './hub/hub-options.ts';
export { MercureHub } from './hub/mercure-hub.ts';
export { MercureError, type MercureErrorKind } from './mercure-error.ts';
export {
  type OpenInfo,
  type StateInfo,
  subscribe,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionState,
} from './subscriber.ts';
export { compileTopicSelector, type TopicSelector } from './topic-selector.ts';
export { PROTOCOL_LIMITS, type Update } from './update.ts';
