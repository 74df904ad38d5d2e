import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { Provider, type OIDCContext } from 'oidc-provider';
import { slowDevicesDown } from './device-polling.ts';
import { nameFlowsByAddress } from './flow-cookies.ts';
import { FlowNames } from './flow-names.ts';
import { oauthHandler } from './oauth-handler.ts';
import { OAUTH_PATHS } from './oauth-paths.ts';
import { OauthServer } from './oauth-server.ts';
import { providerSettings, type ProviderParts } from './provider-settings.ts';
import type { RefreshFamilies } from './refresh-families.ts';
import type { RequestLimits } from './request-limits.ts';
import { AUDIENCE_SCOPES } from './resources.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What does not change when the keys do. */
export interface OauthServerParts extends Omit<ProviderParts, 'keys' | 'flowNames'>, RequestLimits {
  readonly signingKeys: SigningKeys;
  readonly registration: RequestHandler;
  readonly families: RefreshFamilies;
}

const HUNG_UP = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);

type Callback = ReturnType<Provider['callback']>;

/** `oidc-provider`, made anew when the keys change, which takes a millisecond or two. All that a flow needs is in the database. */
export class LibraryOauthServer extends OauthServer implements OnModuleDestroy {
  readonly handler: RequestHandler;
  readonly flowNames: FlowNames;
  readonly #parts: OauthServerParts;
  readonly #logger = new Logger('OauthServer');
  readonly #unsubscribe: () => void;
  #provider!: Provider;
  #callback!: Callback;

  constructor(parts: OauthServerParts) {
    super();
    this.#parts = parts;
    this.flowNames = new FlowNames(parts.publicUrl, parts.cookieKeys[0] ?? '');
    this.rebuild();
    this.handler = oauthHandler({ ...parts, serve: this.#serve });
    this.#unsubscribe = parts.signingKeys.onChange(() => this.rebuild());
  }

  get provider(): Provider {
    return this.#provider;
  }

  rebuild(): void {
    const { signingKeys, limits, pollSeconds, families, publicUrl } = this.#parts;
    const settings = providerSettings({ ...this.#parts, keys: signingKeys.all(), flowNames: this.flowNames });
    const provider = new Provider(publicUrl, settings);
    // It takes the address from headers, which the handler has written.
    provider.proxy = true;
    // Koa prints what goes wrong.
    provider.silent = true;
    (provider as EventEmitter).on('error', (error: Error) => this.#log(error));
    provider.on('server_error', (_ctx, error) => this.#log(error));
    nameFlowsByAddress(provider, this.flowNames);
    nameScopes(provider);
    slowDevicesDown(provider, limits, pollSeconds);
    families.watch(provider);
    this.#provider = provider;
    this.#callback = provider.callback();
  }

  onModuleDestroy(): void {
    this.#unsubscribe();
  }

  /** Signs with no key that has been replaced in another process. */
  readonly #serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.split('?')[0] === OAUTH_PATHS.token) await this.#parts.signingKeys.look();
    await this.#callback(request, response);
  };

  #log(error: NodeJS.ErrnoException): void {
    // Whoever hung up is not our trouble.
    if (!HUNG_UP.has(error.code ?? '')) this.#logger.error(error.stack ?? error.message);
  }
}

/** The library lists the scopes of its settings, of which ours are none: those would be scopes of OpenID too. */
function nameScopes(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next();
    if ((ctx['oidc'] as OIDCContext | undefined)?.route === 'discovery')
      (ctx.body as Record<string, unknown>)['scopes_supported'] = Object.values(AUDIENCE_SCOPES).flat();
  });
}
