import { Inject, Injectable } from '@nestjs/common';
import { requestedScopeSchema, ServonautError, type RequestedScope } from '@servonaut/contracts';
import type { Request, Response } from 'express';
import { errors, type Interaction as LibraryInteraction, type InteractionResults, type Provider } from 'oidc-provider';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { UserService } from '../people/user-service.ts';
import { clientName, clientOrigin } from './client-facts.ts';
import { Interactions, type Interaction, type PersonsSignIn } from './interactions.ts';
import { OauthServer } from './oauth-server.ts';
import { audienceOfResource } from './resources.ts';
import { isSignInPrompt, signInSeconds } from './sign-in-policy.ts';

/** What the consent prompt says is missing. */
interface Missing {
  readonly missingOIDCScope?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
}

/** Flows as `oidc-provider` keeps them. Each belongs to the browser that began it. */
@Injectable()
export class LibraryInteractions extends Interactions {
  constructor(
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'publicUrl'>,
    private readonly server: OauthServer,
    private readonly users: UserService,
  ) {
    super();
  }

  async of(request: Request, response: Response): Promise<Interaction> {
    const { provider, flowNames } = this.server;
    const details = await detailsOf(provider, request, response);
    const client = await provider.Client.find(String(details.params['client_id']));
    if (!client) throw gone();
    const { clientId } = client;
    const { redirect_uri: redirectUri, resource } = details.params;
    return {
      uid: flowNames.nameFor(details.uid, request, response),
      prompt: promptOf(details),
      client: { id: clientId, name: clientName(clientId, client.clientName), origin: clientOrigin(clientId) },
      redirectUri: typeof redirectUri === 'string' ? redirectUri : null,
      accountId: details.session?.accountId ?? null,
      audience: audienceOfResource(resourceNamed(resource, details), this.config.publicUrl) ?? 'mcp',
      signInSeconds: signInSeconds(details),
      missing: scopesMissing(details),
    };
  }

  async signedIn(request: Request, response: Response, { userId, methods, signedInAt }: PersonsSignIn): Promise<void> {
    const { provider } = this.server;
    await makeRoom(provider, await detailsOf(provider, request, response, 'login'), userId);
    const login = { accountId: userId, amr: [...methods], ts: Math.floor((signedInAt?.getTime() ?? 0) / 1_000) };
    // Whoever signs in has selected an account with that.
    const result = { login, select_account: {} };
    await this.#goOn(request, response, result);
  }

  async allowed(request: Request, response: Response): Promise<void> {
    const { provider } = this.server;
    const details = await detailsOf(provider, request, response, 'consent');
    const accountId = details.session?.accountId;
    if (accountId === undefined) throw gone();
    await this.#mayGive(accountId, scopesMissing(details));
    // Whoever presses again gets what the first press came to: a no stays one.
    const result = details.result ?? { consent: { grantId: await grantOf(provider, accountId, details).save() } };
    await this.#goOn(request, response, result, true);
  }

  async denied(request: Request, response: Response): Promise<void> {
    const { provider } = this.server;
    const { uid } = await detailsOf(provider, request, response);
    await (await provider.Grant.find(uid))?.destroy();
    const refusal = { error: 'access_denied', error_description: 'denied by the user' };
    await this.#goOn(request, response, refusal);
  }

  /** Hands the flow back to the library, at an address for this browser. */
  async #goOn(
    request: Request,
    response: Response,
    result: InteractionResults,
    mergeWithLastSubmission = false,
  ): Promise<void> {
    const { provider, flowNames } = this.server;
    const back = await provider.interactionResult(request, response, result, { mergeWithLastSubmission });
    const uid = back.slice(back.lastIndexOf('/') + 1);
    response.redirect(303, new URL(flowNames.nameFor(uid, request, response), back).href);
  }

  async #mayGive(userId: string, scopes: readonly RequestedScope[]): Promise<void> {
    const { role, disabledAt } = await this.users.get(userId);
    if (disabledAt === null && (role === 'admin' || !scopes.includes('admin'))) return;
    throw new ServonautError('not_entitled', { message: 'You may not give what is asked for.' });
  }
}

/**
 * Forgets who the library remembers when it is somebody else who signs in. It would end what that person has let in in this browser, and lead to a
 * page of its own that is not there.
 */
async function makeRoom(provider: Provider, flow: LibraryInteraction, userId: string): Promise<void> {
  if (flow.session === undefined || flow.session.accountId === userId) return;
  const remembered = await provider.Session.findByUid(flow.session.uid);
  if (remembered) await Object.assign(remembered, { accountId: undefined, authorizations: undefined }).persist();
  flow.session = undefined;
  await flow.persist();
}

/** The grant of this flow, with no more than what the prompt showed. It is named like the flow, so that of two presses at once comes one. */
function grantOf(provider: Provider, accountId: string, { uid, params, prompt }: LibraryInteraction) {
  const { missingOIDCScope, missingResourceScopes } = prompt.details as Missing;
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.jti = uid;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(' '));
  return grant;
}

/** @throws ServonautError `not_found` for a flow that this browser has not begun, that is over, or that waits for something else. */
async function detailsOf(
  provider: Provider,
  request: Request,
  response: Response,
  prompt?: Interaction['prompt'],
): Promise<LibraryInteraction> {
  const details = await provider.interactionDetails(request, response).catch((error: unknown) => {
    throw error instanceof errors.SessionNotFound ? gone() : error;
  });
  if (prompt !== undefined && promptOf(details) !== prompt) throw gone();
  return details;
}

function promptOf({ prompt: { name } }: LibraryInteraction): Interaction['prompt'] {
  if (isSignInPrompt(name)) return 'login';
  if (name === 'consent') return name;
  throw new ServonautError('internal', { detail: `no page for the prompt ${name}` });
}

/** In the consent prompt, the one that the library settled on when the client named none. */
function resourceNamed(named: unknown, { prompt }: LibraryInteraction): string {
  if (typeof named === 'string') return named;
  return Object.keys((prompt.details as Missing).missingResourceScopes ?? {})[0] ?? '';
}

function scopesMissing({ prompt }: LibraryInteraction): RequestedScope[] {
  const scopes = Object.values((prompt.details as Missing).missingResourceScopes ?? {}).flat();
  return [...new Set(scopes)].flatMap((scope) => requestedScopeSchema.safeParse(scope).data ?? []);
}

function gone(): ServonautError {
  return new ServonautError('not_found', {
    message: 'This sign-in is over, or was begun in another browser.',
    nextStep: 'Start again in the application that sent you here.',
  });
}
