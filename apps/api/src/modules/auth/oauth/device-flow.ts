import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { clientName } from './client-facts.ts';
import { STRANGER_SESSION_SECONDS } from './lifetimes.ts';
import { showPage } from './show-page.ts';
import type { DeviceProblem, FlowPages } from './flow-pages.ts';

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;

/** What the library throws for a code that it does not take, by the name of the class, which it does not export. */
const PROBLEMS: ReadonlyMap<string, DeviceProblem> = new Map([
  ['NoCodeError', 'no_code'],
  ['NotFoundError', 'not_found'],
  ['ExpiredError', 'expired'],
  ['AlreadyUsedError', 'already_used'],
  ['AbortedError', 'denied'],
]);

const AGENT_LENGTH = 200;

export function deviceFlow(pages: FlowPages): DeviceFlow {
  return {
    enabled: true,
    // 20^8 codes, each for ten minutes, and few tries from one address (RFC 8628 section 5.1).
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: (ctx) => ({ address: ctx.ip, agent: ctx.get('user-agent').slice(0, AGENT_LENGTH) }),
    userCodeInputSource: async (ctx, form, _out, error) => {
      await keepSession(ctx);
      showPage(ctx, pages.deviceInput(form, error && (PROBLEMS.get(error.name) ?? 'failed')));
    },
    userCodeConfirmSource: (ctx, form, client, info, userCode) => {
      const { address, agent } = info as { address: string; agent: string };
      showPage(
        ctx,
        pages.deviceConfirm(form, {
          clientName: clientName(client.clientId, client.clientName),
          userCode,
          address,
          agent,
        }),
      );
    },
    successSource: (ctx) => {
      const client = ctx.oidc.client;
      showPage(ctx, pages.deviceDone(client ? clientName(client.clientId, client.clientName) : ''));
    },
  };
}

/**
 * On an error in a new session, the library puts a secret for the form into the session after it has decided not to keep it, and then fails (500) since
 * it does not know until when to.
 */
async function keepSession(ctx: KoaContextWithOIDC): Promise<void> {
  const { session, cookies, provider } = ctx.oidc;
  if (session === undefined || (session.exp as number | undefined) !== undefined) return;
  cookies.set(provider.cookieName('session'), session.jti, {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    overwrite: true,
  });
  await session.save(STRANGER_SESSION_SECONDS);
}
