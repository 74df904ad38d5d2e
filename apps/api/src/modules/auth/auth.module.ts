import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { AUTHENTICATION } from '../../platform/access/authentication.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { REDIS } from '../../platform/redis/redis.provider.ts';
import { AuditModule } from '../audit/index.ts';
import { Authenticator } from './authenticator.ts';
import { BearerGuard } from './bearer.guard.ts';
import { AuditedCredentials } from './credentials/audited-credentials.ts';
import { CredentialService } from './credentials/credential-service.ts';
import { CredentialTokenVerifier } from './credentials/credential-token-verifier.ts';
import { CredentialUsage } from './credentials/credential-usage.ts';
import { OwnCredentialsController } from './credentials/own-credentials.controller.ts';
import { OwnCredentials } from './credentials/own-credentials.ts';
import { AuditedGrants, AuditedRecords } from './oauth/audited-grants.ts';
import { AccessTokenVerifier } from './oauth/access-token-verifier.ts';
import { Grants } from './oauth/grants.ts';
import { OidcRecords } from './oauth/oidc-records.ts';
import { ProtectedResourceController } from './oauth/protected-resource.controller.ts';
import { signingKeysProvider } from './oauth/signing-keys.provider.ts';
import { SigningKeys } from './oauth/signing-keys.ts';
import { StoredGrants } from './oauth/stored-grants.ts';
import { RedisRevocations } from './redis-revocations.ts';
import { revokedSince } from './revoked-since.ts';
import { Revocations } from './revocations.ts';
import { TakenBackRecords } from './taken-back-records.ts';
import { DefaultPlan } from './plans/default-plan.ts';
import { PlanService } from './plans/plan-service.ts';
import { TokenVerifier } from './token-verifier.ts';
import { TokenVerifiers } from './token-verifiers.ts';
import { Invitations } from './people/invitations.ts';
import { OwnAccount } from './people/own-account.ts';
import { OwnPasskeys } from './people/own-passkeys.ts';
import { OwnSecondFactor } from './people/own-second-factor.ts';
import { PasskeySignIn } from './people/passkey-sign-in.ts';
import { peopleProviders } from './people/people.providers.ts';
import { SignIn } from './people/sign-in.ts';
import { UpstreamSignIn } from './people/upstream-sign-in.ts';
import { UserGrants } from './people/user-grants.ts';
import { UserService } from './people/user-service.ts';
import { WebSessions } from './people/web-sessions.ts';

const revocations = {
  provide: Revocations,
  inject: [REDIS, DATABASE],
  useFactory: (redis: Redis | null, database: Database): Revocations =>
    redis ? new RedisRevocations(redis, (instant) => revokedSince(database, instant)) : new Revocations(),
};

/** Who is calling. Global, since its authentication and its guard stand before every route. */
@Global()
@Module({
  imports: [AuditModule],
  controllers: [OwnCredentialsController, ProtectedResourceController],
  providers: [
    ...peopleProviders,
    { provide: CredentialService, useClass: AuditedCredentials },
    OwnCredentials,
    CredentialUsage,
    PlanService,
    DefaultPlan,
    revocations,
    TakenBackRecords,
    CredentialTokenVerifier,
    signingKeysProvider,
    { provide: OidcRecords, useClass: AuditedRecords },
    AccessTokenVerifier,
    { provide: StoredGrants, useClass: AuditedGrants },
    { provide: Grants, useExisting: StoredGrants },
    { provide: UserGrants, useExisting: StoredGrants },
    { provide: TokenVerifier, useClass: TokenVerifiers },
    Authenticator,
    { provide: AUTHENTICATION, inject: [Authenticator], useFactory: (by: Authenticator) => by.handler },
    { provide: APP_GUARD, useClass: BearerGuard },
  ],
  exports: [
    UserService,
    SignIn,
    OwnAccount,
    OwnSecondFactor,
    OwnPasskeys,
    PasskeySignIn,
    Invitations,
    WebSessions,
    UpstreamSignIn,
    CredentialService,
    PlanService,
    DefaultPlan,
    Grants,
    Revocations,
    TokenVerifier,
    OidcRecords,
    SigningKeys,
  ],
})
export class AuthModule {}
