import type { Interaction } from '../oauth/interactions.ts';
import type { User } from '../people/user-service.ts';
import type { MakeForm } from './form-tokens.ts';
import { html, type Html } from './html.ts';
import { document } from './layout.ts';
import { meaning } from './scope-meaning.ts';

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Says who asks, for what, on whose behalf, and where the answer goes. */
export function consentPage(
  { client, redirectUri, missing, uid }: Interaction,
  user: User,
  form: MakeForm,
  alert?: string,
): string {
  const buttons = html`<button name="answer" value="allow">Allow</button>
    <button name="answer" value="deny" class="second">Deny</button>`;
  return document({
    title: 'Allow access?',
    alert,
    body: html`<p>
        <strong><bdi>${client.name}</bdi></strong> asks for access on behalf of ${user.email ?? user.name}.
      </p>
      <p>${whoItIs(client)} ${whereTo(redirectUri)}</p>
      <h2>It could</h2>
      <ul>
        ${missing.map((scope) => html`<li>${meaning(scope)}</li>`)}
      </ul>
      <p>Until you end it on <a href="/account">your account</a>.</p>
      ${form(`/sign-in/${uid}/consent`, buttons)}
      <p class="quiet">Not you? <a href="/sign-out">Sign out</a>, and start again in the application.</p>`,
  });
}

function whoItIs({ origin, id }: Interaction['client']): Html {
  if (origin === 'built-in') return html`It is a part of Servonaut.`;
  if (origin === 'document') return html`It is described by <strong>${new URL(id).host}</strong>.`;
  return html`It has given itself this name: <strong>nobody has checked who it is.</strong>`;
}

function whereTo(redirectUri: string | null): Html {
  if (redirectUri === null) return html`You have confirmed the code that its device shows.`;
  const { protocol, host, hostname } = new URL(redirectUri);
  if (LOOPBACK_HOSTS.has(hostname))
    return html`Your answer goes to a program on this computer (<strong>${host}</strong>).`;
  if (protocol === 'https:') return html`Your answer goes to <strong>${host}</strong>.`;
  return html`Your answer goes to the application on this computer that opens <strong>${protocol}</strong> links.`;
}
