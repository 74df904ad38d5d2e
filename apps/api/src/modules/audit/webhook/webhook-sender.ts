import { createHmac } from 'node:crypto';

export interface WebhookTarget {
  readonly url: string;
  /** As Standard Webhooks writes it: `whsec_` and the key in base64. */
  readonly secret: string;
}

/** How long an answer is waited for, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Sends messages as Standard Webhooks has it (https://www.standardwebhooks.com): signed with HMAC-SHA256, taken by any status of success. */
export class WebhookSender {
  readonly #target: WebhookTarget;

  constructor(target: WebhookTarget) {
    this.#target = target;
  }

  /**
   * @param id the same whenever the same message is sent, by which its receiver knows it again
   * @param signal gives it up
   * @throws Error that says what the receiver answered, and nothing of the message
   */
  async send(id: string, body: string, signal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.#target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders(this.#target.secret, { id, body, now: Date.now() }),
      },
      body,
      // Elsewhere nobody is entitled to this.
      redirect: 'error',
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    }).catch((error: Error & { cause?: Error }) => {
      throw new Error(error.cause?.message ?? error.message, { cause: error });
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`status ${response.status}`);
  }
}

function signatureHeaders(secret: string, { id, body, now }: { id: string; body: string; now: number }) {
  const timestamp = Math.floor(now / 1_000);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
