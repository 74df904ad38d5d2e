import { interactionPolicy } from 'oidc-provider';
import type { OwnCookie } from '../people/session-cookie.ts';
import type { WebSessions } from '../people/web-sessions.ts';

const { Check, base } = interactionPolicy;

/**
 * When a flow stops for the person. The library's session remembers who signed in; that counts only while the same person has a live web session
 * in this browser, so that to end that one ends every silent sign-in.
 */
export function signInPolicy(webSessions: WebSessions, cookie: OwnCookie): interactionPolicy.DefaultPolicy {
  const policy = base();
  const check = new Check('no_web_session', 'nobody is signed in here', 'login_required', async (ctx) => {
    const { session } = ctx.oidc;
    if (!session?.accountId) return Check.NO_NEED_TO_PROMPT;
    const webSession = await webSessions.of(cookie.read(ctx.req));
    return webSession?.userId === session.accountId ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  });
  policy.get('login')?.checks.add(check);
  return policy;
}
