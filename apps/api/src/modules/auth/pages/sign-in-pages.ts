import type { PasskeyQuestion } from '../people/passkey-sign-in.ts';
import type { MakeForm } from './form-tokens.ts';
import { html } from './html.ts';
import { document } from './layout.ts';
import { PASSKEY_SCRIPT_PATH, usePasskey } from './passkey-pages.ts';

/** What the pages of one sign-in have in common. */
export interface SignInPlace {
  /** Path that the forms go to. */
  readonly action: string;
  readonly form: MakeForm;
  /** Name of the client that waits; undefined outside a flow. */
  readonly clientName?: string | undefined;
  /** What the provider is called at which people may sign in instead; null when there is none. */
  readonly upstream: string | null;
  /** What the person's devices are asked; null where there are no passkeys. */
  readonly passkey?: PasskeyQuestion | null;
  /** Whether a sign-in from before is not good enough, here as at the provider. */
  readonly anew?: boolean;
}

/** @param again what was typed in before, and why that was not taken */
export function passwordPage(place: SignInPlace, again?: { readonly email: string; readonly alert: string }): string {
  const fields = html`<label for="email">E-mail address</label>
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="username"
      required
      maxlength="254"
      value="${again?.email}"
    />
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1000" />
    <button>Sign in</button>`;
  return document({
    title: 'Sign in',
    script: scriptOf(place),
    alert: again?.alert,
    body: html`${whatFor(place)}${place.form(place.action, fields)} ${byPasskey(place)} ${elsewhere(place)}
      <p class="quiet">No account? An admin of this coordinator can invite you.</p>`,
  });
}

/** @param attempt stands for the password that was right */
export function secondFactorPage(place: SignInPlace, attempt: string, alert?: string): string {
  const fields = html`<input type="hidden" name="attempt" value="${attempt}" />
    <label for="code">Code</label>
    <input
      id="code"
      name="code"
      autocomplete="one-time-code"
      autocapitalize="none"
      spellcheck="false"
      required
      maxlength="64"
      aria-describedby="code-is"
    />
    <p id="code-is" class="quiet">The six digits of your authenticator, or one of your recovery codes.</p>
    <button>Continue</button>`;
  return document({
    title: 'Second factor',
    script: scriptOf(place),
    alert,
    body: html`${whatFor(place)}${place.form(place.action, fields)} ${byPasskey(place, attempt)}
      <p><a href="${place.action}">Start again</a></p>`,
  });
}

function scriptOf({ passkey }: SignInPlace): string | undefined {
  return passkey ? PASSKEY_SCRIPT_PATH : undefined;
}

/** In a form of its own, whose fields are none of the other's. @param attempt of the password that it is to complete */
function byPasskey({ passkey, form, action }: SignInPlace, attempt?: string) {
  if (!passkey) return null;
  const complete = attempt !== undefined && html`<input type="hidden" name="attempt" value="${attempt}" />`;
  return form(action, html`${complete} ${usePasskey(passkey)}`);
}

function elsewhere({ upstream, action, anew }: SignInPlace) {
  const query = new URLSearchParams({ back: action, ...(anew && { anew: '' }) });
  return upstream !== null && html`<p><a href="/upstream?${query.toString()}">Sign in with ${upstream}</a></p>`;
}

function whatFor({ clientName }: SignInPlace) {
  return (
    clientName !== undefined &&
    html`<p>
      To go on to <strong><bdi>${clientName}</bdi></strong
      >.
    </p>`
  );
}
