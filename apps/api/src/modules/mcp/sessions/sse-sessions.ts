import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { refuseRequest } from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { Revocations, TokenVerifier, type Principal } from '../../auth/index.ts';
import { createSseServer } from '../sse-server.ts';
import { ToolSurface } from '../tools/tool-surface.ts';
import { SessionRouter } from './session-router.ts';
import { SseSession, type SseSessionParts } from './sse-session.ts';

/** Where agents post their messages; the stream's first event names it. */
const MESSAGE_PATH = '/mcp/message';

/** The open HTTP+SSE sessions of this process. */
@Injectable()
export class SseSessions implements OnModuleDestroy {
  readonly #open = new Set<SseSession>();
  /** Of each user and of each credential. */
  readonly #counts = new Map<string, number>();

  constructor(
    private readonly surface: ToolSurface,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
    private readonly router: SessionRouter,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mcp'>,
  ) {}

  /**
   * Opens a stream; resolves once the agent knows where to post.
   * @throws ServonautError `too_many_requests`, or `unavailable` when the session cannot be made reachable.
   */
  async open(principal: Principal, res: Response): Promise<void> {
    // After its 'close' nothing would ever take this stream off the count.
    if (res.closed) return;
    const { count } = this.revocations;
    this.#count(principal);
    res.once('close', () => this.#uncount(principal));
    const transport = new SSEServerTransport(MESSAGE_PATH, res);
    const stopListening = await this.router.listen(addressOf(transport.sessionId, principal), (message) => {
      // The message was checked where it was posted; what is left to go wrong, the SDK answers on the stream.
      const refusal = refuseRequest(message);
      void (refusal ? transport.send(refusal) : transport.handleMessage(message)).catch(() => undefined);
    });
    res.once('close', () => void stopListening());
    if (res.closed) await stopListening();
    else await this.#start(transport, { principal, count, res });
  }

  /**
   * Hands a message to a session of this principal, wherever its stream is.
   * @throws ServonautError `not_found`, also for the session of another principal.
   */
  async deliver(sessionId: string, principal: Principal, message: unknown): Promise<void> {
    if (await this.router.send(addressOf(sessionId, principal), message)) return;
    throw new ServonautError('not_found', {
      message: 'There is no such session.',
      nextStep: 'Open a new stream at /mcp/sse and post to the address that it names.',
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.surface.drain();
    await Promise.all([...this.#open].map((session) => session.close()));
  }

  async #start(
    transport: SSEServerTransport,
    parts: Pick<SseSessionParts, 'principal' | 'count' | 'res'>,
  ): Promise<void> {
    const { verifier, revocations } = this;
    const { keepAliveMs } = this.config.mcp;
    const session = new SseSession({ transport, verifier, revocations, keepAliveMs, ...parts });
    this.#open.add(session);
    parts.res.once('close', () => {
      session.stop();
      this.#open.delete(session);
    });
    // nginx would otherwise collect events until its buffer is full.
    parts.res.setHeader('X-Accel-Buffering', 'no');
    await createSseServer(this.surface, () => session.principal()).connect(transport);
  }

  #count(principal: Principal): void {
    const { maxSseSessionsPerUser, maxSseSessionsPerCredential } = this.config.mcp;
    const { user, credential } = countersOf(principal);
    this.#checkRoom(credential, maxSseSessionsPerCredential, 'credential');
    this.#checkRoom(user, maxSseSessionsPerUser, 'user');
    for (const key of [user, credential]) this.#counts.set(key, this.#countOf(key) + 1);
  }

  #uncount(principal: Principal): void {
    for (const key of Object.values(countersOf(principal))) {
      const left = this.#countOf(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }

  #countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #checkRoom(key: string, most: number, whose: string): void {
    if (this.#countOf(key) < most) return;
    throw new ServonautError('too_many_requests', {
      message: `There are already ${most} open streams for this ${whose}.`,
      nextStep: 'Close one, or use /mcp (Streamable HTTP), which needs none.',
    });
  }
}

/** A user who signed in has both counters to himself. */
function countersOf({ userId, kind, id }: Principal) {
  return { user: `of user ${userId}`, credential: `of ${kind} ${id} alone` };
}

function addressOf(sessionId: string, { kind, id }: Principal) {
  return { sessionId, owner: `${kind}:${id}` };
}
