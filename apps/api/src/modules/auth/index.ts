export { CurrentPrincipal, RequireScope, type AuthenticatedRequest } from './access.ts';
export { AuthModule } from './auth.module.ts';
export { CredentialService, type CredentialFacts, type NewCredential } from './credential-service.ts';
export type { Principal } from './principal.ts';
export { REVOCATION_ECHO_MS, Revocations, type Revocation } from './revocations.ts';
export { TokenVerifier } from './token-verifier.ts';
export { UserService, type User } from './user-service.ts';
