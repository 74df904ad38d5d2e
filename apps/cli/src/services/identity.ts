import type { Identity } from '@servonaut/contracts';
import { CoordinatorClient } from '../relay/coordinator-client.ts';
import type { AccessTokens } from '../session/access-tokens.ts';
import type { Session } from '../session/session.ts';

/** Whom the coordinator takes the bearer of these tokens for. */
export async function askIdentity(session: Session, url: string, tokens: AccessTokens): Promise<Identity> {
  const timeoutMs = session.settings.call_timeout_seconds.value * 1_000;
  const coordinator = new CoordinatorClient({ url, tokens, timeoutMs });
  try {
    return await coordinator.identity();
  } finally {
    coordinator.close();
  }
}
