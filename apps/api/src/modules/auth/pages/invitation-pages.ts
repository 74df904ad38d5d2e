import type { Invitation } from '../people/invitations.ts';
import type { MakeForm } from './form-tokens.ts';
import { html } from './html.ts';
import { document } from './layout.ts';
import { newPassword } from './password-fields.ts';

/** @param action path of the invitation, which holds its secret */
export function invitationPage({ email, role }: Invitation, action: string, form: MakeForm, alert?: string): string {
  const fields = html`<label for="email">E-mail address</label>
    <input id="email" name="username" type="email" autocomplete="username" readonly value="${email}" />
    ${newPassword('Choose a password')}
    <button>Accept</button>`;
  return document({
    title: 'You are invited',
    alert,
    body: html`<p>To this Servonaut coordinator, as ${role === 'admin' ? 'an admin' : 'a member'}.</p>
      ${form(action, fields)}`,
  });
}
