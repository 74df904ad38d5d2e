import { checkPinned } from '../../relay/registrar.ts';
import { failed, notChecked, ok, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** That the coordinator answers, how fast, and of which version it is. */
export async function coordinatorCheck({ coordinator, credentials }: Patient): Promise<Seen[]> {
  const asked = await coordinator();
  if ('error' in asked) return [asked.whose === 'login' ? notChecked('login') : failed(asked.error)];
  const { identity, latencyMs } = asked;
  const version = identity.version === undefined ? '' : `, version ${identity.version}`;
  const { url } = await credentials();
  return [ok(`Answers in ${latencyMs.toFixed(1)} ms${version}.`, { detail: url })];
}

/** That it is the coordinator that this profile was logged in to. */
export async function pinnedKeysCheck({ session, coordinator, credentials }: Patient): Promise<Seen[]> {
  const asked = await coordinator();
  if ('error' in asked) return [notChecked(asked.whose)];
  const { pinned_keys: pinnedKeys } = await credentials();
  const shown = asked.identity.keys;
  checkPinned(shown, { pinnedKeys, profile: session.profile.value });
  return [ok('It shows a key that is pinned.')];
}
