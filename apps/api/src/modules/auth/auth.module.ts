import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { AUTHENTICATION } from '../../platform/access/authentication.ts';
import { DATABASE, type Database } from '../../platform/database/database.ts';
import { REDIS } from '../../platform/redis/redis.provider.ts';
import { Authenticator } from './authenticator.ts';
import { BearerGuard } from './bearer.guard.ts';
import { CredentialService } from './credential-service.ts';
import { CredentialTokenVerifier } from './credential-token-verifier.ts';
import { CredentialUsage } from './credential-usage.ts';
import { RedisRevocations } from './redis-revocations.ts';
import { revokedSince } from './revoked-since.ts';
import { Revocations } from './revocations.ts';
import { TokenVerifier } from './token-verifier.ts';
import { UserService } from './user-service.ts';

const revocations = {
  provide: Revocations,
  inject: [REDIS, DATABASE],
  useFactory: (redis: Redis | null, database: Database): Revocations =>
    redis ? new RedisRevocations(redis, (instant) => revokedSince(database, instant)) : new Revocations(),
};

/** Who is calling. Global, since its authentication and its guard stand before every route. */
@Global()
@Module({
  providers: [
    UserService,
    CredentialService,
    CredentialUsage,
    revocations,
    { provide: TokenVerifier, useClass: CredentialTokenVerifier },
    Authenticator,
    { provide: AUTHENTICATION, inject: [Authenticator], useFactory: (by: Authenticator) => by.handler },
    { provide: APP_GUARD, useClass: BearerGuard },
  ],
  exports: [UserService, CredentialService, Revocations, TokenVerifier],
})
export class AuthModule {}
