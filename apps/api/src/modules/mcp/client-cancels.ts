import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AuthenticatedRequest } from '../auth/index.ts';
import type { EarlierCall } from './earlier-call.ts';
import { SessionRouter, type SessionAddress } from './sessions/session-router.ts';

const HEADER = 'mcp-session-id';
const SESSION_ID = /^[0-9a-f-]{36}$/;
const METHOD = 'notifications/cancelled';

interface Cancel {
  readonly method: typeof METHOD;
  readonly params: { readonly requestId: string | number };
}

/**
 * Cancels over Streamable HTTP before 2026-07-28: the client posts them beside the call, whose stream it keeps open, and names only the id that it
 * gave the call. Two agents with one token count alike, so each is given a session id with the answer to `initialize`, and sends it with all that
 * follows (2025-11-25, "Session Management"). Nothing is kept for a session: the id only tells agents apart.
 */
@Injectable()
export class ClientCancels {
  constructor(private readonly router: SessionRouter) {}

  /** @returns whether the request was a cancel, which is answered by that. */
  async take(req: AuthenticatedRequest, res: Response): Promise<boolean> {
    if (!isCancel(req.body)) return false;
    const address = addressOf(req, req.body.params.requestId);
    // A call that has ended meanwhile, or is held by nobody, is as good as cancelled: a notification gets no answer.
    if (address) await this.router.send(address, req.body);
    res.status(202).end();
    return true;
  }

  /** Gives the client its session id when it introduces itself. */
  introduce({ body }: AuthenticatedRequest, res: Response): void {
    if (body?.method === 'initialize') res.setHeader(HEADER, randomUUID());
  }

  /** Lets a cancel reach the call until its answer has been sent. */
  async listen(req: AuthenticatedRequest, { id }: EarlierCall, res: Response, cancel: () => void): Promise<void> {
    const address = addressOf(req, id);
    if (!address) return;
    const stop = await this.router.listen(address, cancel);
    if (res.closed) await stop();
    else res.once('close', () => void stop());
  }
}

function isCancel(body: unknown): body is Cancel {
  if (typeof body !== 'object' || body === null || !('method' in body) || body.method !== METHOD) return false;
  const id = 'params' in body ? (body.params as Partial<Cancel['params']> | null)?.requestId : undefined;
  return typeof id === 'string' || typeof id === 'number';
}

/** Undefined for a client that was given no session id, or does not send it. */
function addressOf({ headers, principal }: AuthenticatedRequest, id: string | number): SessionAddress | undefined {
  const session = headers[HEADER];
  if (typeof session !== 'string' || !SESSION_ID.test(session)) return undefined;
  return {
    sessionId: `${session}/${encodeURIComponent(JSON.stringify(id))}`,
    owner: `${principal.kind}:${principal.id}`,
  };
}
