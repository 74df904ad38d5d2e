import type { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { errorRow, ServonautError, type ErrorCode } from '@servonaut/contracts';
import type { Response } from 'express';
import type { Principal, Revocations, TokenVerifier } from '../../auth/index.ts';

/** Most bytes that may wait for an agent that does not read. Beyond that its stream ends: it has to connect again. */
const UNREAD_BYTES = 16 * 1024 * 1024;

export interface SseSessionParts {
  readonly transport: SSEServerTransport;
  readonly res: Response;
  readonly principal: Principal;
  /** Whom to ask whether they still are. */
  readonly verifier: Pick<TokenVerifier, 'recheck'>;
  readonly revocations: Pick<Revocations, 'count'>;
  /** `revocations.count` when the principal was found. */
  readonly count: number;
  /** Milliseconds between two signs of life. */
  readonly keepAliveMs: number;
}

/**
 * One open stream: kept alive, and ended when whoever opened it may no longer, or no longer reads. The token that it was opened with may expire
 * meanwhile: that of an agent whose user signed in lives for minutes.
 */
export class SseSession {
  readonly #parts: SseSessionParts;
  readonly #timer: NodeJS.Timeout;
  /** Where the stream was opened from: its request knows that no more when it has ended. */
  readonly #address: string | undefined;
  #principal: Principal;
  /** `revocations.count` when that was looked up. */
  #count: number;

  constructor(parts: SseSessionParts) {
    this.#parts = parts;
    this.#principal = parts.principal;
    this.#count = parts.count;
    this.#address = parts.res.req.ip;
    this.#timer = setInterval(() => void this.#beat(), parts.keepAliveMs);
  }

  /**
   * Whoever opened the session, as they are now: looked up again when something has been revoked or changed since the last look.
   * @throws ServonautError as `TokenVerifier.recheck`
   */
  async principal(): Promise<Principal> {
    if (this.#count !== this.#parts.revocations.count) await this.#look();
    return this.#principal;
  }

  /** Ends the stream; calls that still run are cancelled. */
  async close(): Promise<void> {
    this.stop();
    await this.#parts.transport.close();
  }

  /** The stream has ended: no more signs of life. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    const { res } = this.#parts;
    if (res.writableLength > UNREAD_BYTES || !(await this.#stillGood())) return this.close();
    if (!res.closed && !res.writableEnded) res.write(': keep-alive\n\n');
  }

  /**
   * Only a clear no ends the session. When the verifier itself is out of order nothing can be gained by it: every message to the session passes
   * the guard, which then refuses it.
   */
  async #stillGood(): Promise<boolean> {
    try {
      await this.#look();
      return this.#principal.scopes.has('mcp:tools');
    } catch (error) {
      return !(error instanceof ServonautError && isRefusal(error.code));
    }
  }
  /** What changes during the look is looked at again. */
  async #look(): Promise<void> {
    const { count } = this.#parts.revocations;
    this.#principal = await this.#parts.verifier.recheck(this.#principal, this.#address);
    this.#count = count;
  }
}

/** Of whoever opened the stream: a clear no. */
function isRefusal(code: ErrorCode): boolean {
  return errorRow(code).http === 401 || code === 'address_not_allowed';
}
