import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ServonautError, type Scope } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import type { IdentifiedRequest } from '../../platform/access/authentication.ts';
import { OPEN_LOCALLY, OTHER_SCOPES, PUBLIC_ROUTE, REQUIRED_SCOPE } from '../../platform/access/route-access.ts';
import { Authenticator } from './authenticator.ts';
import { isLocalRequest } from './local-request.ts';
import { metadataUrl, resourceOfRoute } from './oauth/resources.ts';
import type { Principal } from './principal.ts';

interface Rule {
  readonly open: boolean;
  readonly scope: Scope | undefined;
  /** With one of them the scope is not needed. */
  readonly others: readonly Scope[] | undefined;
  readonly openLocally: boolean;
}

const NO_RULE: Rule = { open: false, scope: undefined, others: undefined, openLocally: false };

/** Stands before every route. A route that says nothing of who may call it is refused. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest<Principal>>();
    const { open, scope, others, openLocally } = this.#rule(context);
    if (open) return true;
    if (!scope)
      throw new ServonautError('internal', { detail: `${request.method} ${request.path} has no access rule` });
    const resource = resourceOfRoute(request.path, this.config.publicUrl);
    request.wayIn = { resourceMetadata: metadataUrl(resource), scope };
    if (openLocally && isLocalRequest(request, this.config.publicUrl)) return true;
    const caller = this.authenticator.callerOf(request);
    const check = (found: Principal): true => others?.some((other) => found.scopes.has(other)) || holds(found, scope);
    return caller instanceof Promise ? caller.then(check) : check(caller);
  }

  /** What the handler says, or else its controller. The two are never mixed: a public handler in a guarded controller is public. */
  #rule(context: ExecutionContext): Rule {
    const rules = [context.getHandler(), context.getClass()].map((target) => ({
      open: this.reflector.get<true | undefined>(PUBLIC_ROUTE, target) === true,
      scope: this.reflector.get<Scope | undefined>(REQUIRED_SCOPE, target),
      others: this.reflector.get<readonly Scope[] | undefined>(OTHER_SCOPES, target),
      openLocally: this.reflector.get<true | undefined>(OPEN_LOCALLY, target) === true,
    }));
    return rules.find(({ open, scope }) => open || scope) ?? NO_RULE;
  }
}

function holds({ scopes, kind }: Principal, scope: Scope): true {
  if (scopes.has(scope)) return true;
  throw new ServonautError('insufficient_scope', {
    message: `This needs the scope ${scope}.`,
    facts: { scope },
    // Those who signed in before there was this scope.
    ...(scope === 'credentials' && kind === 'user' && { nextStep: 'Sign in again with "servonaut login".' }),
  });
}
