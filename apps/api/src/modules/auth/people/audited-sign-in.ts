import { Inject, Injectable } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import { emailAddressSchema } from '../../../platform/zod/email-address.ts';
import { AuditTrail } from '../../audit/index.ts';
import { PasskeySignIn } from './passkey-sign-in.ts';
import type { RequestSource } from './request-source.ts';
import { SignIn, type SignInStep } from './sign-in.ts';
import { UpstreamSignIn } from './upstream-sign-in.ts';

type Recording = Pick<AuditTrail, 'record'>;

/**
 * Puts on record who was not let in. All of it is in the chain of the coordinator, also what concerns somebody who exists: to look up whom it concerns
 * would take a stranger's try another time. Who is let in is recorded with the session that begins.
 */
export class AuditedSignIn extends SignIn {
  readonly #inner: SignIn;
  readonly #trail: Recording;

  constructor(inner: SignIn, trail: Recording) {
    super();
    this.#inner = inner;
    this.#trail = trail;
  }

  password(email: string, password: string, from: RequestSource): Promise<SignInStep> {
    const signingIn = this.#inner.password(email, password, from);
    return signingIn.catch((error: unknown) => refused(this.#trail, error, { by: 'password', email: asEmail(email) }));
  }

  second(attempt: string, code: string, from: RequestSource): Promise<SignInStep> {
    const signingIn = this.#inner.second(attempt, code, from);
    return signingIn.catch((error: unknown) => refused(this.#trail, error, { by: 'second factor' }));
  }
}

/** The same for sign-ins at another provider. */
export class AuditedUpstreamSignIn extends UpstreamSignIn {
  readonly #inner: UpstreamSignIn;
  readonly #trail: Recording;

  constructor(inner: UpstreamSignIn, trail: Recording) {
    super();
    this.#inner = inner;
    this.#trail = trail;
  }

  get label(): string | null {
    return this.#inner.label;
  }

  begin(back: string, from: RequestSource, anew?: boolean): ReturnType<UpstreamSignIn['begin']> {
    return this.#inner.begin(back, from, anew);
  }

  finish(returned: URL, flow: string, from: RequestSource): ReturnType<UpstreamSignIn['finish']> {
    const signingIn = this.#inner.finish(returned, flow, from);
    return signingIn.catch((error: unknown) => refused(this.#trail, error, { by: 'another provider' }));
  }
}

/** The same for sign-ins with a passkey. */
@Injectable()
export class AuditedPasskeySignIn extends PasskeySignIn {
  @Inject(AuditTrail) private readonly trail!: Recording;

  override answer(...given: Parameters<PasskeySignIn['answer']>): ReturnType<PasskeySignIn['answer']> {
    const signingIn = super.answer(...given);
    return signingIn.catch((error: unknown) => refused(this.trail, error, { by: 'passkey' }));
  }
}

/** Some type their password where the address belongs. */
function asEmail(text: string): string | undefined {
  return emailAddressSchema.safeParse(text).data;
}

async function refused(trail: Recording, error: unknown, data: Readonly<Record<string, unknown>>): Promise<never> {
  const code = error instanceof ServonautError ? error.code : 'internal';
  const actor = { kind: 'stranger', id: null } as const;
  await trail.record({ kind: 'signin.failed', userId: null, actor, data: { ...data, code } });
  throw error;
}
