import { PASSWORD_LENGTH } from '../people/password-rules.ts';
import { html, type Html } from './html.ts';

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
