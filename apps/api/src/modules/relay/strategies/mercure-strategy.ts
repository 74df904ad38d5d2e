import { commandTopic, ServonautError, type CommandRequest } from '@servonaut/contracts';
import { HttpPublisher, MercureError } from '@servonaut/mercure';
import type { MercureConfig } from '../../../config/app-config.ts';
import type { HubTokens } from './hub-tokens.ts';
import type { HubFacts, PublishOutcome, RelayStrategy } from './relay-strategy.ts';

/** Any answer, also a refusal, shows that the hub is there; this topic is nobody's. */
const CHECK_TIMEOUT_MS = 2_000;
/** Failures of connecting, before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Publishes through a Mercure hub that runs as a server of its own. */
export class MercureStrategy implements RelayStrategy {
  readonly name = 'mercure';
  readonly hub: HubFacts;
  readonly #url: string;
  readonly #publisher: HttpPublisher;

  constructor(config: MercureConfig, tokens: HubTokens) {
    const publisherKey = Buffer.from(config.publisherJwtKey);
    this.#url = config.url;
    this.hub = {
      hubUrl: config.publicUrl,
      subscriberKey: Buffer.from(config.subscriberJwtKey),
    };
    this.#publisher = new HttpPublisher({ hubUrl: config.url, token: () => tokens.publisher(publisherKey) });
  }

  async publish(userId: string, message: CommandRequest): Promise<PublishOutcome> {
    try {
      await this.#publisher.publish({ topics: [commandTopic(userId)], data: JSON.stringify(message), private: true });
      return 'taken';
    } catch (error) {
      if (mayHaveBeenTaken(error)) return 'uncertain';
      throw new ServonautError('relay_unavailable', { cause: error });
    }
  }

  async check(): Promise<void> {
    const answer = await fetch(this.#url, { signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) });
    await answer.body?.cancel();
    if (answer.status >= 500)
      throw new ServonautError('relay_unavailable', { detail: `the hub answers ${answer.status}` });
  }

  async close(): Promise<void> {
    this.#publisher.close();
  }
}

function mayHaveBeenTaken(error: unknown): boolean {
  if (!(error instanceof MercureError)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return error.kind === 'timeout' || (error.kind === 'network' && !NEVER_SENT.has(code ?? ''));
}
