import { renderSVG } from 'uqr';
import type { SignInMeans } from '../people/own-account.ts';
import type { TotpOffer } from '../people/own-second-factor.ts';
import type { MakeForm } from './form-tokens.ts';
import { html, trustedHtml, type Html } from './html.ts';
import { document } from './layout.ts';

/** Modules around a QR code that stay empty (ISO/IEC 18004 section 9.1). */
const QUIET_ZONE = 4;
/** Groups of four, for whoever types it in. */
const FOURS = /.{1,4}/g;

/** The part of the account page. @param fresh whether the sign-in is young enough to change it */
export function secondFactor(means: SignInMeans, fresh: boolean, form: MakeForm): Html {
  const { hasPassword, hasTotp, recoveryCodesLeft, codesRefused } = means;
  if (!hasPassword) return html`<p class="quiet">For those who sign in with a password.</p>`;
  if (!hasTotp)
    return html`<p>Without one, your password alone is enough to sign in.</p>
      ${fresh && form('/account/second-factor', html`<button class="second">Set up an authenticator</button>`)}`;
  return html`<p>An authenticator is set up. Recovery codes left: ${recoveryCodesLeft}.</p>
    ${refusedCodes(codesRefused)} ${fresh && changes(form)}`;
}

/** Nobody comes so far without the password. */
function refusedCodes({ since, before }: SignInMeans['codesRefused']): Html {
  if (since + before === 0) return html``;
  return html`<p>
    Wrong codes since your last right one: ${since}; between that and the one before: ${before}. If you did not type
    them, somebody knows your password: change it.
  </p>`;
}

function changes(form: MakeForm): Html {
  const [renew, remove] = ['Make new recovery codes', 'Remove the second factor'];
  return html`${form('/account/second-factor/codes', html`<button class="second">${renew}</button>`)}
  ${form('/account/second-factor/remove', html`<button class="second">${remove}</button>`)}`;
}

export function totpPage({ uri, secret, offer }: TotpOffer, form: MakeForm, alert?: string): string {
  const fields = html`<input type="hidden" name="offer" value="${offer}" />
    <label for="code">Code that the authenticator now shows</label>
    <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="16" />
    <button>Confirm</button>`;
  return document({
    title: 'Set up an authenticator',
    alert,
    body: html`<p>Point the authenticator at this picture, or enter the key below (time-based, six digits).</p>
      <div class="picture" role="img" aria-label="The key as a QR code">${picture(uri)}</div>
      <p class="code"><code>${secret.match(FOURS)?.join(' ')}</code></p>
      <p>Is the authenticator on this device? <a href="${uri}">Open it with the key</a>.</p>
      ${form('/account/second-factor/confirm', fields)}
      <p><a href="/account">Not now</a></p>`,
  });
}

/** Black on white whatever the scheme: not every app reads the opposite. */
function picture(uri: string): Html {
  return trustedHtml(renderSVG(uri, { border: QUIET_ZONE }));
}

/** @param notice what has been done just now */
export function recoveryCodesPage(codes: readonly string[], notice: string): string {
  return document({
    title: 'Keep these recovery codes',
    notice,
    body: html`<p>Each takes the place of the authenticator once. Nobody can show them again.</p>
      <ul class="list code">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ul>
      <p><a href="/account">I have kept them</a></p>`,
  });
}
