import { Injectable } from '@nestjs/common';
import { FlowPages, type DeviceProblem, type DeviceRequest } from '../oauth/flow-pages.ts';
import { html, trustedHtml } from './html.ts';
import { document } from './layout.ts';

const PROBLEMS: Readonly<Record<DeviceProblem, string>> = {
  no_code: 'Enter the code that the device shows.',
  not_found: 'There is no such code. Check it, or start again on the device.',
  expired: 'This code has expired. Start again on the device.',
  already_used: 'This code has been used. Start again on the device.',
  denied: 'You have denied it. Nothing was connected, and you can close this page.',
  failed: 'That did not work. Start again on the device.',
};

/** The library gives its field neither a name that can be read out nor, under our policy, a script that would run. */
const INLINE_SCRIPT = / onfocus="[^"]*"/g;
const FIELD_ATTRIBUTES =
  ' id="user-code" aria-describedby="user-code-is" autocapitalize="characters" spellcheck="false"';

/** Pages around the forms of the authorization server. */
@Injectable()
export class DevicePages extends FlowPages {
  deviceInput(form: string, problem?: DeviceProblem): string {
    const field = trustedHtml(form.replaceAll(INLINE_SCRIPT, FIELD_ATTRIBUTES));
    return document({
      title: 'Connect a device',
      alert: problem && PROBLEMS[problem],
      body: html`<p id="user-code-is">
          Go on only if you have just started this on a device of your own, and it shows you a code.
        </p>
        <label for="user-code">Code</label>
        ${field}
        <button form="op.deviceInputForm">Continue</button>`,
    });
  }

  deviceConfirm(form: string, { clientName, userCode, address, agent }: DeviceRequest): string {
    return document({
      title: 'Connect this device?',
      body: html`<p>
          <strong><bdi>${clientName}</bdi></strong> asks to be connected. Compare the code with the one that the device
          shows. If they differ, or somebody has sent you here, deny it.
        </p>
        <p class="code"><code>${userCode}</code></p>
        <dl>
          <dt>Address</dt>
          <dd>${address}</dd>
          <dt>Says it is</dt>
          <dd><bdi>${agent}</bdi></dd>
        </dl>
        ${trustedHtml(form)}
        <button form="op.deviceConfirmForm">Connect</button>
        <button form="op.deviceConfirmForm" class="second" name="abort" value="yes">Deny</button>`,
    });
  }

  deviceDone(clientName: string): string {
    return document({
      title: 'Connected',
      body: html`<p><bdi>${clientName}</bdi> is connected. You can close this page.</p>
        <p><a href="/account">Your account</a> lists what is connected, and ends it.</p>`,
    });
  }

  error(code: string, description: string): string {
    return document({
      title: 'That did not work',
      alert: description,
      body: html`<p>Start again in the application that sent you here. <span class="quiet">(${code})</span></p>`,
    });
  }
}
