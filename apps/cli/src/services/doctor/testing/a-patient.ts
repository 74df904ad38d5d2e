import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TestSshd } from '@servonaut/testkit';
import type { FakeCoordinator } from '../../../relay/testing/fake-coordinator.ts';
import { saveCredentials } from '../../../session/credentials.ts';
import { readEnvironment } from '../../../session/environment.ts';
import { openAnySession } from '../open-session.ts';
import { patient, type Patient, type PatientFacts } from '../patient.ts';

export interface PatientOptions {
  /** To which it is logged in. */
  readonly coordinator?: FakeCoordinator;
  /** Its only server, as `web-1`. */
  readonly sshd?: TestSshd;
  readonly env?: NodeJS.ProcessEnv;
  readonly select?: readonly string[];
  /** Made before the files are read. */
  readonly folder?: string;
}

/** The profile `test` in a folder of its own. */
export async function patientFacts(options: PatientOptions = {}): Promise<PatientFacts> {
  const { coordinator, sshd, env, select = [], folder = await temporaryFolder() } = options;
  const config = sshd?.sshConfigPath ?? '/dev/null';
  const folders = { SERVONAUT_CONFIG_DIR: join(folder, 'config'), SERVONAUT_STATE_DIR: join(folder, 'state') };
  const environment = readEnvironment({ ...folders, SERVONAUT_SSH_CONFIG: config, ...env });
  const opened = openAnySession('test', environment);
  const { configDir, stateDir } = opened.session.paths;
  for (const path of [configDir, stateDir]) await mkdir(path, { recursive: true, mode: 0o700 });
  if (coordinator) {
    const { url, token, sealKey } = coordinator;
    const who = { user_id: '42', user_name: 'ada', label: 'test', logged_in_at: '2026-11-22T10:00:00.000Z' };
    await saveCredentials(opened.session.paths, { url, token, ...who, pinned_keys: [sealKey.jwk] });
  }
  return { ...opened, plugins: [], ask: undefined, select };
}

export async function aPatient(options: PatientOptions = {}): Promise<Patient> {
  return patient(await patientFacts(options));
}
