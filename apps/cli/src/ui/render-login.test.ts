import { describe, expect, it } from '@jest/globals';
import type { Credentials } from '../session/credentials.ts';
import { renderDeviceCode, renderLogin } from './render-login.ts';

const CREDENTIALS: Credentials = {
  url: 'https://coordinator.example',
  user_id: '42',
  user_name: 'ada',
  label: 'Servonaut command line',
  pinned_keys: [],
  logged_in_at: '2026-11-22T10:00:00.000Z',
  sign_in: { session: '00000000-0000-4000-8000-000000000000', tokens_in: 'keychain' },
};
const rendered = (profile: string, tokensIn: string): string =>
  renderLogin({ credentials: CREDENTIALS, leftBehind: undefined }, profile, tokensIn);

describe('a login', () => {
  it('is shown where to go, and which code to enter', () => {
    const device = { url: 'https://coordinator.example/device', code: 'WDJB-MJHT', expiresInSeconds: 600 };
    expect(renderDeviceCode(CREDENTIALS.url, device).split('\n')).toEqual([
      'To sign in to https://coordinator.example',
      '',
      '  1. open https://coordinator.example/device in a browser, on this machine or any other,',
      '  2. enter the code WDJB-MJHT (good for 10 minutes).',
      '',
    ]);
  });

  it('cannot be shown a code that writes over the terminal', () => {
    const device = { url: 'https://coordinator.example/device', code: '\u001b[2JWDJB', expiresInSeconds: 10 };
    expect(renderDeviceCode(CREDENTIALS.url, device)).toContain('the code �[2JWDJB (good for 1 minute)');
  });

  it('says who it is, where the tokens are, and what comes next', () => {
    expect(rendered('default', 'keychain').split('\n')).toEqual([
      'Logged in to https://coordinator.example as ada (profile default).',
      'The tokens are in the keychain of this machine.',
      'Next: "servonaut connect" lets your agents work on your servers.',
    ]);
    expect(rendered('prod', '/home/ada/tokens.json')).toMatch(
      /in \/home\/ada\/tokens\.json, which you alone can read\.\nNext: "servonaut connect --profile prod"/,
    );
  });
});
