export { CurrentPrincipal, PublicRoute, RequireScope, type AuthenticatedRequest } from './access.ts';
export type { Principal } from './principal.ts';
export { TokenVerifier } from './token-verifier.ts';
