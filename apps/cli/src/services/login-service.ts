import { ServonautError, type Identity } from '@servonaut/contracts';
import { CoordinatorClient } from '../relay/coordinator-client.ts';
import { coordinatorUrl } from '../session/coordinator-url.ts';
import { saveCredentials, type Credentials } from '../session/credentials.ts';
import type { Session } from '../session/session.ts';

export interface LoginRequest {
  readonly url: string;
  readonly token: string;
  readonly insecureHttp: boolean;
}

/**
 * Asks the coordinator whose token this is, then stores it with the coordinator's keys, which are trusted from here on.
 * @throws ServonautError `insufficient_scope` for a token that cannot connect an executor; nothing is stored after an error
 */
export async function login(session: Session, request: LoginRequest): Promise<Credentials> {
  const url = coordinatorUrl(request.url, request.insecureHttp);
  const identity = await askIdentity(url, request.token, session.settings.call_timeout_seconds.value * 1_000);
  if (!identity.scopes.includes('relay:connect')) {
    throw new ServonautError('insufficient_scope', {
      message: 'This token cannot connect an executor: it lacks the scope relay:connect.',
    });
  }
  const credentials = {
    url,
    token: request.token,
    user_id: identity.user_id,
    user_name: identity.user_name,
    label: identity.label,
    pinned_keys: identity.keys,
    logged_in_at: new Date().toISOString(),
  };
  await saveCredentials(session.paths, credentials);
  return credentials;
}

async function askIdentity(url: string, token: string, timeoutMs: number): Promise<Identity> {
  const coordinator = new CoordinatorClient({ url, token, timeoutMs });
  try {
    return await coordinator.identity();
  } finally {
    coordinator.close();
  }
}
