import { text } from 'node:stream/consumers';
import { Command, Flags } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Login extends Command {
  static override readonly summary = 'Store a token for a coordinator.';
  static override readonly description =
    'Asks the coordinator whose token this is, and stores it with the keys by which requests of this coordinator are known from now on.';
  static override readonly examples = [
    '<%= config.bin %> login --url https://servonaut.example.com --token - < token.txt',
    '<%= config.bin %> login --url http://127.0.0.1:3000 --token TOKEN --profile test',
  ];
  static override readonly flags = {
    ...PROFILE_FLAGS,
    url: Flags.string({ description: 'Address of the coordinator.', required: true }),
    token: Flags.string({
      description:
        'The token; "-" reads it from stdin; otherwise SERVONAUT_TOKEN. Other users of this machine can see what is typed here.',
    }),
    'insecure-http': Flags.boolean({ description: 'Allow plain http to another machine.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Login);
    const [{ openSession }, { login }] = await Promise.all([
      import('../session/session.ts'),
      import('../services/login-service.ts'),
    ]);
    const session = openSession(flags.profile);
    const token = await givenToken(flags.token ?? session.environment.token);
    const {
      url,
      user_name: user,
      label,
    } = await login(session, { url: flags.url, token, insecureHttp: flags['insecure-http'] });
    const profile = session.profile.value;
    this.log(
      flags.json
        ? JSON.stringify({ profile, url, user, label })
        : `Logged in to ${url} as ${user} (profile ${profile}).`,
    );
  }
}

/** @throws ServonautError `invalid_request` when there is none */
async function givenToken(token: string | undefined): Promise<string> {
  const given = (token === '-' ? await text(process.stdin) : (token ?? '')).trim();
  if (given === '')
    throw new ServonautError('invalid_request', {
      message: 'There is no token.',
      nextStep: 'Give --token TOKEN, --token - with the token on stdin, or SERVONAUT_TOKEN.',
    });
  return given;
}
