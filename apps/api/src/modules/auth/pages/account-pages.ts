import type { GrantFacts } from '../oauth/grants.ts';
import type { SignInMeans } from '../people/own-account.ts';
import type { Passkey } from '../people/own-passkeys.ts';
import type { User } from '../people/user-service.ts';
import type { WebSession } from '../people/web-sessions.ts';
import type { MakeForm } from './form-tokens.ts';
import { html, type Html } from './html.ts';
import { document } from './layout.ts';
import { passkeys } from './passkey-pages.ts';
import { newPassword } from './password-fields.ts';
import { meaning } from './scope-meaning.ts';
import { secondFactor } from './second-factor-pages.ts';
import { when } from './when.ts';

export interface Account {
  readonly user: User;
  readonly means: SignInMeans;
  readonly passkeys: readonly Passkey[];
  /** Whether browsers make any here. */
  readonly passkeysPossible: boolean;
  readonly session: WebSession;
  /** Whether they signed in so lately that they may change what they sign in with. */
  readonly fresh: boolean;
  readonly sessions: readonly WebSession[];
  readonly agents: readonly GrantFacts[];
}

/** Where somebody signs in who is signed in already. */
const AGAIN = '/sign-in?again';

/** What has just been done, by the word for it in the address. */
export const DONE = {
  password:
    'Your password is changed. All other browsers are signed out, and no agent or program that you have let in has access any more, nor an API key that one of them has made.',
  passkey: 'The passkey is added.',
  'passkey-removed': 'The passkey is removed. Remove it from its device, too.',
  'second-factor-removed': 'The second factor is removed.',
  session: 'That browser is signed out.',
  sessions: 'All other browsers are signed out.',
  agent: 'Its access has ended, and that of the API keys that it has made.',
  agents: 'No agent or program that you have let in has access any more, nor an API key that one of them has made.',
} as const;
export type Done = keyof typeof DONE;

export function accountPage(
  account: Account,
  form: MakeForm,
  said: { readonly alert?: string; readonly done?: Done | undefined },
): string {
  const { user, means, session, fresh, sessions, agents } = account;
  return document({
    title: 'Your account',
    alert: said.alert,
    notice: said.done && DONE[said.done],
    body: html`<p>${user.email ?? user.name}<br /><span class="quiet">An admin can change the address.</span></p>
      ${form('/sign-out', html`<button class="second">Sign out</button>`)}
      <h2>Connected agents and programs</h2>
      ${agentList(agents, form)}
      <h2>Signed-in browsers</h2>
      ${sessionList(sessions, session.id, form)}
      <h2>How you sign in</h2>
      ${!fresh && html`<p>To change it, <a href="${AGAIN}">sign in again</a>.</p>`}
      <h3>Second factor</h3>
      ${secondFactor(means, fresh, form)}
      <h3>Passkeys</h3>
      ${passkeys(account.passkeys, account.passkeysPossible, fresh, form)}
      <h3>Password</h3>
      ${passwordForm(user, means, fresh, form)}`,
  });
}

/** By client: of one that somebody uses on two machines there are two, which know nothing of each other. */
function agentList(agents: readonly GrantFacts[], form: MakeForm): Html {
  if (agents.length === 0) return html`<p class="quiet">None.</p>`;
  return html`<ul class="list">
      ${byClient(agents).map(
        (grants) =>
          html`<li>
            ${grants.slice(0, 1).map(({ client }) => clientName(client))}
            ${grants.map((grant) => connection(grant, form))}
          </li>`,
      )}
    </ul>
    ${agents.length > 1 && form('/account/agents/end', html`<button class="second">End all</button>`)}`;
}

function byClient(agents: readonly GrantFacts[]): (readonly GrantFacts[])[] {
  const ids = new Set(agents.map(({ client }) => client.id));
  return Array.from(ids, (id) => agents.filter(({ client }) => client.id === id));
}

function clientName({ name, origin }: GrantFacts['client']): Html {
  return html`<strong><bdi>${name}</bdi></strong> ${origin === 'registered' && '(unverified)'}`;
}

function connection({ id, client, scopes, createdAt, lastUsedAt }: GrantFacts, form: MakeForm): Html {
  const end = html`<button class="second" aria-label="End the access of ${client.name}">End</button>`;
  return html`<ul class="quiet">
      ${scopes.map((scope) => html`<li>${meaning(scope)}</li>`)}
    </ul>
    <p class="quiet">Since ${when(createdAt)}, last used ${when(lastUsedAt)}.</p>
    ${form(`/account/agents/${id}/end`, end)}`;
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

function passwordForm(user: User, { hasPassword }: SignInMeans, fresh: boolean, form: MakeForm): Html | false {
  if (!hasPassword) return html`<p class="quiet">You sign in at another provider.</p>`;
  if (!fresh) return html`<p class="quiet">You have a password.</p>`;
  const fields = html`${accountName(user)} ${currentPassword('current-password')} ${newPassword('New password')}
    <p class="quiet">
      This also signs out all other browsers, and ends the access of all agents and programs. Passkeys stay.
    </p>
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
