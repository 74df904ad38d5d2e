export type { Decision, Wanted } from './decide.ts';
export { EntitlementsModule } from './entitlements.module.ts';
export { Entitlements } from './entitlements.ts';
