import type { GrantFacts } from '../oauth/grants.ts';
import type { SignInMeans, TotpOffer } from '../people/own-account.ts';
import { PASSWORD_LENGTH } from '../people/password-rules.ts';
import type { User } from '../people/user-service.ts';
import type { WebSession } from '../people/web-sessions.ts';
import type { MakeForm } from './form-tokens.ts';
import { html, type Html } from './html.ts';
import { document } from './layout.ts';

export interface Account {
  readonly user: User;
  readonly means: SignInMeans;
  readonly session: WebSession;
  readonly sessions: readonly WebSession[];
  readonly agents: readonly GrantFacts[];
}

/** What has just been done, by the word for it in the address. */
export const DONE = {
  password: 'Your password is changed, and all other browsers are signed out.',
  'second-factor-removed': 'The second factor is removed.',
  session: 'That browser is signed out.',
  sessions: 'All other browsers are signed out.',
  agent: 'Its access has ended.',
} as const;
export type Done = keyof typeof DONE;

export function accountPage(
  account: Account,
  form: MakeForm,
  said: { readonly alert?: string; readonly done?: Done | undefined },
): string {
  const { user, means, session, sessions, agents } = account;
  return document({
    title: 'Your account',
    alert: said.alert,
    notice: said.done && DONE[said.done],
    body: html`<p>${user.email ?? user.name}</p>
      ${form('/sign-out', html`<button class="second">Sign out</button>`)}
      <h2>Connected agents and programs</h2>
      ${agentList(agents, form)}
      <h2>Signed-in browsers</h2>
      ${sessionList(sessions, session.id, form)}
      <h2>Second factor</h2>
      ${secondFactor(user, means, form)}
      <h2>Password</h2>
      ${passwordForm(user, means, form)}`,
  });
}

function agentList(agents: readonly GrantFacts[], form: MakeForm): Html {
  if (agents.length === 0) return html`<p class="quiet">None.</p>`;
  return html`<ul class="list">
    ${agents.map(
      ({ id, client, scopes, createdAt }) =>
        html`<li>
          <strong><bdi>${client.name}</bdi></strong> ${client.origin === 'registered' && '(unverified)'}<br />
          <span class="quiet">${scopes.join(', ')} · since ${when(createdAt)}</span>
          ${form(`/account/agents/${id}/end`, html`<button class="second" aria-label="End the access of ${client.name}">End</button>`)}
        </li>`,
    )}
  </ul>`;
}

function sessionList(sessions: readonly WebSession[], current: string, form: MakeForm): Html {
  const end = ({ id, address }: WebSession) =>
    form(
      `/account/sessions/${id}/end`,
      html`<button class="second" aria-label="End the session from ${address}">End</button>`,
    );
  return html`<ul class="list">
      ${sessions.map(
        (session) =>
          html`<li>
            ${session.id === current && html`<strong>This browser</strong> · `}${session.address}<br />
            <span class="quiet"><bdi>${session.agent}</bdi> · seen ${when(session.lastSeenAt)}</span>
            ${session.id !== current && end(session)}
          </li>`,
      )}
    </ul>
    ${sessions.length > 1 && form('/account/sessions/end', html`<button class="second">End all others</button>`)}`;
}

function secondFactor(user: User, { hasPassword, hasTotp, recoveryCodesLeft }: SignInMeans, form: MakeForm): Html {
  if (!hasPassword) return html`<p class="quiet">For those who sign in with a password.</p>`;
  if (!hasTotp)
    return html`<p>Without one, your password alone is enough to sign in.</p>
      ${form('/account/second-factor', html`<button class="second">Set up an authenticator</button>`)}`;
  const fields = html`${accountName(user)} ${currentPassword('removal-password')}
    <button class="second">Remove the second factor</button>`;
  return html`<p>An authenticator is set up. Recovery codes left: ${recoveryCodesLeft}.</p>
    ${form('/account/second-factor/remove', fields)}`;
}

function passwordForm(user: User, { hasPassword }: SignInMeans, form: MakeForm): Html {
  if (!hasPassword) return html`<p class="quiet">You sign in at another provider.</p>`;
  const fields = html`${accountName(user)} ${currentPassword('current-password')} ${newPassword('New password')}
    <button class="second">Change the password</button>`;
  return form('/account/password', fields);
}

/** Tells a password manager whose password it is. */
function accountName({ email }: User): Html {
  return html`<input type="text" name="username" autocomplete="username" value="${email}" hidden />`;
}

function currentPassword(id: string): Html {
  return html`<label for="${id}">Current password</label>
    <input id="${id}" name="current" type="password" autocomplete="current-password" required maxlength="1000" />`;
}

export function newPassword(label: string): Html {
  return html`<label for="new-password">${label}</label>
    <input
      id="new-password"
      name="password"
      type="password"
      autocomplete="new-password"
      required
      minlength="${PASSWORD_LENGTH.least}"
      maxlength="1000"
      aria-describedby="new-password-is"
    />
    <p id="new-password-is" class="quiet">
      At least ${PASSWORD_LENGTH.least} characters. Some unrelated words are easy to keep and hard to guess.
    </p>`;
}

/** Groups of four, for whoever types it in. */
const FOURS = /.{1,4}/g;

/** @param offer without its URI when the first code was not right: what comes back with a form is not made a link */
export function totpPage(
  offer: Pick<TotpOffer, 'secret' | 'offer'> & { readonly uri?: string },
  form: MakeForm,
  alert?: string,
): string {
  const fields = html`<input type="hidden" name="offer" value="${offer.offer}" />
    <input type="hidden" name="secret" value="${offer.secret}" />
    <label for="code">Code that the authenticator now shows</label>
    <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="16" />
    <button>Confirm</button>`;
  return document({
    title: 'Set up an authenticator',
    alert,
    body: html`<p>Enter this key in the authenticator (time-based, six digits).</p>
      <p class="code"><code>${offer.secret.match(FOURS)?.join(' ')}</code></p>
      ${offer.uri !== undefined && html`<p>Is the authenticator on this device? <a href="${offer.uri}">Open it with the key</a>.</p>`}
      ${form('/account/second-factor/confirm', fields)}
      <p><a href="/account">Not now</a></p>`,
  });
}

export function recoveryCodesPage(codes: readonly string[]): string {
  return document({
    title: 'Keep these recovery codes',
    notice: 'The second factor is set up.',
    body: html`<p>Each takes the place of the authenticator once. Nobody can show them again.</p>
      <ul class="list code">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="/account">I have kept them</a></p>`,
  });
}

function when(date: Date): Html {
  const text = date.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
