import type { MakeForm } from './form-tokens.ts';
import { html } from './html.ts';
import { document } from './layout.ts';

/** What the pages of one sign-in have in common. */
export interface SignInPlace {
  /** Path that the forms go to. */
  readonly action: string;
  readonly form: MakeForm;
  /** Name of the client that waits; undefined outside a flow. */
  readonly clientName?: string | undefined;
  /** What the provider is called at which people may sign in instead; null when there is none. */
  readonly upstream: string | null;
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
    alert: again?.alert,
    body: html`${whatFor(place)}${place.form(place.action, fields)} ${elsewhere(place)}
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
    alert,
    body: html`${whatFor(place)}${place.form(place.action, fields)}
      <p><a href="${place.action}">Start again</a></p>`,
  });
}

function elsewhere({ upstream, action }: SignInPlace) {
  return (
    upstream !== null &&
    html`<p><a href="/upstream?back=${encodeURIComponent(action)}">Sign in with ${upstream}</a></p>`
  );
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
