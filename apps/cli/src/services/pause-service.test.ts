import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { PauseFile } from '../pause/pause-file.ts';
import { readEnvironment } from '../session/environment.ts';
import { profilePaths } from '../session/profile-paths.ts';
import { pauseProfile } from './pause-service.ts';

it.each([
  ['is valid', 'max_running: 4\n', 0],
  ['has a value that is not', 'max_running: 0\n', 1],
  ['is no YAML', 'profile: [\n', 1],
])('a pause holds when settings.yaml %s, and whoever asks for it sees what is wrong', async (_, settings, warnings) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'settings.yaml'), settings);
  const environment = readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder });
  const warned: string[] = [];
  const warn = (message: string) => void warned.push(message);
  const { profile } = await pauseProfile({ reason: 'an incident' }, warn, environment);
  expect(profile).toBe('default');
  expect(new PauseFile(profilePaths(profile, environment).stateDir).current()).toMatchObject({ reason: 'an incident' });
  expect(warned).toHaveLength(warnings);
});
