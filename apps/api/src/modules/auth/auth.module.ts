import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BearerGuard } from './bearer.guard.ts';
import { CredentialService } from './credential-service.ts';
import { CredentialTokenVerifier } from './credential-token-verifier.ts';
import { CredentialUsage } from './credential-usage.ts';
import { Revocations } from './revocations.ts';
import { TokenVerifier } from './token-verifier.ts';
import { UserService } from './user-service.ts';

/** Who is calling. Global, since its guard stands before every route. */
@Global()
@Module({
  providers: [
    UserService,
    CredentialService,
    CredentialUsage,
    Revocations,
    { provide: TokenVerifier, useClass: CredentialTokenVerifier },
    { provide: APP_GUARD, useClass: BearerGuard },
  ],
  exports: [UserService, CredentialService, Revocations, TokenVerifier],
})
export class AuthModule {}
