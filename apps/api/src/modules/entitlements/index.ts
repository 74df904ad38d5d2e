export { MemoryCallCounters } from './counters/memory-call-counters.ts';
export type { Allowed, Decision, Wanted } from './decide.ts';
export { effectiveEntitlements } from './effective-entitlements.ts';
export { EntitlementsModule } from './entitlements.module.ts';
export { Entitlements, type EntitlementsOptions, type TakenCall } from './entitlements.ts';
export { notEntitled } from './refusal.ts';
export type { WantedServer } from './server-lists.ts';
