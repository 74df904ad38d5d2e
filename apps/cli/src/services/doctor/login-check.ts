import type { Identity } from '@servonaut/contracts';
import { loginCommand } from '../../session/login-command.ts';
import type { Session } from '../../session/session.ts';
import { endWarning } from '../sign-in-end.ts';
import { failed, failure, notChecked, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const SCOPE = 'relay:connect';

function seenOf(identity: Identity, { paths }: Pick<Session, 'paths'>): Seen {
  const { user_name: user, label, scopes } = identity;
  const what = `Logged in as ${user} (${label}), for ${scopes.join(', ')}.`;
  if (!scopes.includes(SCOPE))
    return failure(`${what} An executor needs ${SCOPE}.`, `Run ${loginCommand(paths)} without other scopes.`);
  const end = endOf(identity);
  const near = end && endWarning(paths, end, Date.now());
  return near === undefined ? ok(what) : warning(what, near);
}

/** Whoever signs in has tokens that are renewed; a credential is one token. */
function endOf({ client, signed_in_until: until, expires_at: expiresAt }: Identity): string | undefined {
  return client === undefined ? (expiresAt ?? undefined) : until;
}

/** That there is a token, that the coordinator takes it, whose it is, and what it is good for. */
export async function loginCheck({ session, credentials, coordinator }: Patient): Promise<Seen[]> {
  const asked = await coordinator();
  if (!('error' in asked)) return [seenOf(asked.identity, session)];
  if (asked.whose === 'login') return [failed(asked.error)];
  const { user_name: user, logged_in_at: since } = await credentials();
  return [
    notChecked('coordinator'),
    ok(`Logged in as ${user} on ${since.slice(0, 10)}, as far as this machine knows.`),
  ];
}
