import { ServonautError } from '@servonaut/contracts';
import type { ShownRequest } from '@servonaut/agent-tools';

/** Most requests that are known, and most characters of their results. */
const MOST_REQUESTS = 200;
const MOST_LENGTH = 16 * 1024 * 1024;

interface Kept {
  readonly request: ShownRequest;
  readonly length: number;
}

/** How the requests of this process stand or have ended, those of late. */
export class KeptRequests {
  readonly #kept = new Map<string, Kept>();
  #length = 0;

  /** @param length of its result, in characters */
  set(request: ShownRequest, length = 0): void {
    this.#delete(request.requestId);
    this.#kept.set(request.requestId, { request, length });
    this.#length += length;
    for (const [id, { request: oldest }] of this.#kept) {
      if (this.#kept.size <= MOST_REQUESTS && this.#length <= MOST_LENGTH) return;
      if (oldest.outcome !== undefined && id !== request.requestId) this.#delete(id);
    }
  }

  /** @throws ServonautError `request_unknown` */
  get(id: string): ShownRequest {
    const kept = this.#kept.get(id);
    if (kept) return kept.request;
    throw new ServonautError('request_unknown');
  }

  #delete(id: string): void {
    this.#length -= this.#kept.get(id)?.length ?? 0;
    this.#kept.delete(id);
  }
}
