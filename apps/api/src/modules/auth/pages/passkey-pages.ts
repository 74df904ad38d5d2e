import { hash } from 'node:crypto';
import { PASSKEY_LABEL_LENGTH, type Passkey, type PasskeyOffer } from '../people/own-passkeys.ts';
import type { PasskeyQuestion } from '../people/passkey-sign-in.ts';
import type { MakeForm } from './form-tokens.ts';
import { html, type Html } from './html.ts';
import { document } from './layout.ts';
import { PASSKEY_SCRIPT } from './passkey-script.ts';
import { when } from './when.ts';

const SCRIPT_VERSION = hash('sha256', PASSKEY_SCRIPT, 'hex').slice(0, 12);
/** The address changes with the script, so that browsers may keep it. */
export const PASSKEY_SCRIPT_PATH = `/assets/passkeys.js?v=${SCRIPT_VERSION}`;

/** The part of the account page. @param fresh whether the sign-in is young enough to change it */
export function passkeys(list: readonly Passkey[], possible: boolean, fresh: boolean, form: MakeForm): Html {
  if (!possible && list.length === 0)
    return html`<p class="quiet">
      Browsers make none for this coordinator: its address has to have a name, and https.
    </p>`;
  return html`<p>A passkey signs you in without a password or a code. Your device makes sure that it is you.</p>
    ${
      list.length > 0 &&
      html`<ul class="list">
        ${list.map((passkey) => entry(passkey, fresh, form))}
      </ul>`
    }
    ${possible && fresh && form('/account/passkeys', newLabel())}`;
}

function entry({ id, label, createdAt, lastUsedAt }: Passkey, fresh: boolean, form: MakeForm): Html {
  const remove = html`<button class="second" aria-label="Remove the passkey ${label}">Remove</button>`;
  return html`<li>
    <strong><bdi>${label}</bdi></strong
    ><br />
    <span class="quiet"
      >Since ${when(createdAt)}, ${lastUsedAt === null ? 'not used yet' : html`last used ${when(lastUsedAt)}`}.</span
    >
    ${fresh && form(`/account/passkeys/${id}/remove`, remove)}
  </li>`;
}

function newLabel(): Html {
  return html`<label for="passkey-label">Name of a new passkey</label>
    <input
      id="passkey-label"
      name="label"
      required
      maxlength="${PASSKEY_LABEL_LENGTH}"
      autocomplete="off"
      aria-describedby="passkey-label-is"
    />
    <p id="passkey-label-is" class="quiet">Such as the device that keeps it.</p>
    <button class="second">Add a passkey</button>`;
}

export function newPasskeyPage({ options, challenge }: PasskeyOffer, form: MakeForm): string {
  const fields = html`${button('make', 'Make the passkey', { options, challenge })}
    <p class="quiet" data-without-passkeys>This browser makes no passkeys, or runs no scripts.</p>`;
  return document({
    title: 'Make a passkey',
    script: PASSKEY_SCRIPT_PATH,
    body: html`<p>Your browser asks where to keep it, and makes sure that it is you.</p>
      ${form('/account/passkeys/confirm', fields)}
      <p><a href="/account">Not now</a></p>`,
  });
}

/** Within the form of a sign-in. */
export function usePasskey(question: PasskeyQuestion): Html {
  return button('use', 'Use a passkey', question);
}

/** Hidden until the script finds that it can do something. */
function button(kind: 'use' | 'make', name: string, { options, challenge }: PasskeyOffer | PasskeyQuestion): Html {
  return html`<input type="hidden" name="challenge" value="${challenge}" />
    <input type="hidden" name="credential" value="" />
    <button type="button" class="second" data-passkey="${kind}" data-options="${JSON.stringify(options)}" hidden>
      ${name}
    </button>
    <p class="problem" role="alert" hidden></p>`;
}
