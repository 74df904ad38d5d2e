import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

it.each([
  ['is valid', 'redact: { patterns: [{ name: customer, pattern: "C[0-9]{8}" }] }\n', '[redacted: customer]', 0],
  ['is broken', 'rules: [\n', 'C12345678', 1],
])('the reason of a pause is recorded as a policy that %s has it', async (_, policy, shown, warnings) => {
  const folder = await temporaryFolder();
  const environment = readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder });
  const { configDir, stateDir } = profilePaths('default', environment);
  await mkdir(configDir, { recursive: true });
  await writeFile(join(configDir, 'policy.yaml'), `version: 1\n${policy}`);
  const warned: string[] = [];
  await pauseProfile({ reason: 'for C12345678' }, (message) => void warned.push(message), environment);
  expect(await readFile(join(stateDir, 'audit', 'audit.jsonl'), 'utf8')).toContain(`"reason":"for ${shown}"`);
  expect(warned).toHaveLength(warnings);
});
