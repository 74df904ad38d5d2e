import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import type { SignedInCredentials } from '../session/credentials.ts';
import { loginJson, renderDeviceCode, renderLeftBehind, renderLogin } from './render-login.ts';

const CREDENTIALS: SignedInCredentials = {
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
      'If that is not you, somebody else has confirmed the code: run "servonaut logout".',
      'The tokens are in the keychain of this machine.',
      'Next: "servonaut connect" lets your agents work on your servers.',
    ]);
    expect(rendered('prod', '/home/ada/tokens.json')).toMatch(
      /in \/home\/ada\/tokens\.json, which you alone can read\.\nNext: "servonaut connect --profile prod"/,
    );
  });

  it('says nothing of a code where a token was given', () => {
    const { sign_in: _, ...kept } = CREDENTIALS;
    const login = { credentials: { ...kept, token: 'token' }, leftBehind: undefined };
    expect(renderLogin(login, 'prod', '/home/ada/prod.json')).not.toContain('code');
    expect(rendered('prod', 'keychain')).toContain('run "servonaut logout --profile prod"');
  });

  it('says until when it lasts, where the coordinator does', () => {
    const sign_in = { ...CREDENTIALS.sign_in, until: '2027-11-22T10:00:00.000Z' };
    const login = { credentials: { ...CREDENTIALS, sign_in }, leftBehind: undefined };
    expect(renderLogin(login, 'default', 'keychain')).toContain('lasts until 2027-11-22, while it is in use.');
    expect(loginJson(login, 'default', 'keychain')).toMatchObject({ signed_in_until: sign_in.until });
  });

  it('names a former sign-in that may be good still, and where to end it', () => {
    const options = { message: 'Its tokens are gone.', nextStep: 'End it at https://coordinator.example/account.' };
    const leftBehind = new ServonautError('coordinator_unreachable', options);
    expect(renderLeftBehind(leftBehind)).toBe(`Warning: ${options.message} ${options.nextStep}`);
    expect(loginJson({ credentials: CREDENTIALS, leftBehind }, 'prod', 'keychain')).toMatchObject({
      left_behind: { message: options.message, next_step: options.nextStep },
    });
    expect(loginJson({ credentials: CREDENTIALS, leftBehind: undefined }, 'prod', 'keychain')).toMatchObject({
      profile: 'prod',
      tokens_in: 'keychain',
      left_behind: null,
    });
  });
});
