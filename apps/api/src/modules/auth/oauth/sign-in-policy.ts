import { interactionPolicy, type Interaction } from 'oidc-provider';
import type { OwnCookie } from '../people/session-cookie.ts';
import type { WebSessions } from '../people/web-sessions.ts';

const { Check, Prompt, base } = interactionPolicy;

const NO_WEB_SESSION = 'no_web_session';

/** Reasons to stop that a sign-in from before the flow does away with, if it is not too old. */
const ABOUT_NO_SESSION = new Set(['no_session', NO_WEB_SESSION, 'max_age']);

/**
 * When a flow stops for the person. The library's session remembers who signed in; that counts only while the same person has a live web session
 * in this browser, so that to end that one ends every silent sign-in.
 */
export function signInPolicy(webSessions: WebSessions, cookie: OwnCookie): interactionPolicy.DefaultPolicy {
  const policy = base();
  const check = new Check(NO_WEB_SESSION, 'nobody is signed in here', 'login_required', async (ctx) => {
    const { session } = ctx.oidc;
    if (!session?.accountId) return Check.NO_NEED_TO_PROMPT;
    const webSession = await webSessions.of(cookie.read(ctx.req));
    return webSession?.userId === session.accountId ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  });
  policy.get('login')?.checks.add(check);
  // Accounts are not kept for a choice: to sign in is to choose.
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  // The library calls it `interaction_required` for a native client.
  const native = policy.get('consent')?.checks.get('native_client_prompt');
  if (native) native.error = 'consent_required';
  return policy;
}

/** Whether it is answered by a sign-in. */
export function isSignInPrompt(name: string): boolean {
  return name === 'login' || name === 'select_account';
}

/** See `Interaction.signInSeconds`. */
export function signInSeconds({ prompt, params }: Pick<Interaction, 'prompt' | 'params'>): number | null {
  if (!prompt.reasons.every((reason) => ABOUT_NO_SESSION.has(reason))) return 0;
  return params['max_age'] === undefined ? null : Number(params['max_age']);
}
