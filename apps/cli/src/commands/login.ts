import { text } from 'node:stream/consumers';
import { Command, Flags } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import type { LoginPurpose } from '../services/login-service.ts';
import type { DeviceLogin } from '../session/device-login.ts';
import type { Session } from '../session/session.ts';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Login extends Command {
  static override readonly summary = 'Sign in to a coordinator, or store a token for it.';
  static override readonly description =
    'Without a token, shows a code to confirm in a browser on any machine. Stores what comes of it, and the keys by which requests of this coordinator are known from now on.';
  static override readonly examples = [
    '<%= config.bin %> login --url https://servonaut.example.com',
    '<%= config.bin %> login --url https://servonaut.example.com --credentials --profile me',
    '<%= config.bin %> login --url https://servonaut.example.com --admin',
    '<%= config.bin %> login --url https://servonaut.example.com --token - < token.txt',
    '<%= config.bin %> login --url http://127.0.0.1:3000 --token TOKEN --profile test',
  ];
  static readonly json = '{"profile", "url", "user", "label", "signed_in_until", "tokens_in", "left_behind"}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    url: Flags.string({ description: 'Address of the coordinator; otherwise the one of the last login.' }),
    token: Flags.string({
      description:
        'Store this token and sign nobody in; "-" reads it from stdin; otherwise SERVONAUT_TOKEN. Other users of this machine can see what is typed here.',
    }),
    browser: Flags.boolean({ description: 'Open a browser where there is one.', default: true, allowNo: true }),
    credentials: Flags.boolean({
      description:
        'Ask for what "servonaut credentials" and "servonaut delegations" need, in place of what "servonaut connect" does.',
    }),
    admin: Flags.boolean({ description: 'Ask for all of that, and for what "servonaut admin" needs.' }),
    'insecure-http': Flags.boolean({ description: 'Allow plain http to another machine.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Login);
    const [
      { openSession },
      { login, coordinatorOf },
      { loginInBrowser },
      { tokensIn },
      { loginJson, renderLeftBehind, renderLogin },
    ] = await Promise.all([
      import('../session/session.ts'),
      import('../services/login-service.ts'),
      import('../services/browser-login.ts'),
      import('../services/whoami-service.ts'),
      import('../ui/render-login.ts'),
    ]);
    const session = openSession(flags.profile);
    const request = {
      url: flags.url ?? (await coordinatorOf(session)),
      insecureHttp: flags['insecure-http'],
      purpose: purposeOf(flags),
    };
    const given = flags.token ?? session.environment.token;
    const done =
      given === undefined
        ? await loginInBrowser(session, { ...request, ...(await this.#prompt(request.url, session, flags.browser)) })
        : await login(session, { ...request, token: await givenToken(given) });
    if (done.leftBehind) this.logToStderr(renderLeftBehind(done.leftBehind));
    const profile = session.profile.value;
    const place = tokensIn(session.paths, done.credentials);
    this.log(flags.json ? JSON.stringify(loginJson(done, profile, place)) : renderLogin(done, profile, place));
  }

  /** To stderr: stdout is for what came of it. */
  async #prompt(url: string, { environment }: Session, browser: boolean) {
    const [{ openBrowser }, { renderDeviceCode, renderDelay }, { stopOnSignals }] = await Promise.all([
      import('../services/open-browser.ts'),
      import('../ui/render-login.ts'),
      import('../services/stop-signal.ts'),
    ]);
    const show = async (device: Pick<DeviceLogin, 'url' | 'code' | 'expiresInSeconds'>): Promise<void> => {
      this.logToStderr(renderDeviceCode(url, device));
      if (browser && (await openBrowser(device.url, environment))) this.logToStderr('It was opened in your browser.');
      this.logToStderr('Waiting for you there. Ctrl-C gives up.');
    };
    const onDelay = (delay: 'slow_down' | 'outage') => this.logToStderr(renderDelay(delay));
    return { show, onDelay, stop: stopOnSignals(givenUp) };
  }
}

function purposeOf({ admin, credentials }: { readonly admin: boolean; readonly credentials: boolean }): LoginPurpose {
  if (admin) return 'admin';
  return credentials ? 'credentials' : 'executor';
}

function givenUp(): ServonautError {
  return new ServonautError('request_cancelled', {
    message: 'The sign-in was given up; nothing has changed.',
    nextStep: 'The same command begins anew.',
  });
}

/** @throws ServonautError `invalid_request` when there is none */
async function givenToken(token: string): Promise<string> {
  const given = (token === '-' ? await text(process.stdin) : token).trim();
  if (given === '')
    throw new ServonautError('invalid_request', {
      message: 'The token is empty.',
      nextStep:
        'Give --token TOKEN, --token - with the token on stdin, or SERVONAUT_TOKEN; or none of them, to sign in.',
    });
  return given;
}
