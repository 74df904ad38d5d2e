import { ServonautError } from '@servonaut/contracts';
import { credentialsFile, loadCredentials } from '../session/credentials.ts';
import type { Session } from '../session/session.ts';
import { SETTINGS, type SettingKey } from '../session/settings.ts';

export interface ShownSetting {
  readonly name: string;
  readonly value: string | number;
  readonly source: string;
  readonly meaning: string;
}

/** Every value that `connect` would use, and where it comes from. Of the token, only that there is one. */
export async function shownSettings(session: Session): Promise<ShownSetting[]> {
  const { profile, paths, settings } = session;
  const keys = Object.keys(SETTINGS) as SettingKey[];
  const fromTable = keys.map((key) => ({ name: key, ...settings[key], meaning: SETTINGS[key].meaning }));
  return [
    { name: 'profile', ...profile, meaning: SETTINGS.profile.meaning },
    ...fromTable.filter(({ name }) => name !== 'profile'),
    {
      name: 'config_dir',
      value: paths.configDir,
      source: 'profile',
      meaning: 'Credentials, servers.yaml and policy.yaml of the profile.',
    },
    { name: 'state_dir', value: paths.stateDir, source: 'profile', meaning: 'Journal and lock of the profile.' },
    ...(await shownCredentials(session)),
  ];
}

async function shownCredentials({ paths }: Session): Promise<ShownSetting[]> {
  const source = credentialsFile(paths);
  try {
    const credentials = await loadCredentials(paths);
    const { url, user_id, user_name, label } = credentials;
    const place = 'sign_in' in credentials ? `, in the ${credentials.sign_in.tokens_in}` : '';
    return [
      { name: 'url', value: url, source, meaning: 'The coordinator.' },
      { name: 'user', value: `${user_name} (${user_id})`, source, meaning: 'Whose requests are executed.' },
      { name: 'token', value: `(hidden, labelled "${label}"${place})`, source, meaning: 'What proves it.' },
    ];
  } catch (error) {
    if (error instanceof ServonautError && error.code === 'not_logged_in')
      return [{ name: 'url', value: '(not logged in)', source, meaning: 'The coordinator.' }];
    throw error;
  }
}
