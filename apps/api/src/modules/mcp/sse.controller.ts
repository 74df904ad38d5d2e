import { All, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { JSON_RPC, refuseShape } from '@servonaut/agent-tools';
import { errorRow, ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { RequireScope, type AuthenticatedRequest } from '../auth/index.ts';
import { sendJsonRpcError } from './json-rpc.ts';
import { SseSessions } from './sessions/sse-sessions.ts';
import { checkToolScope } from './tool-scope.ts';

/** HTTP+SSE of revision 2024-11-05, for agents that know nothing newer: a stream for answers and an address to post messages to. */
@Controller('mcp')
export class SseController {
  constructor(private readonly sessions: SseSessions) {}

  @Get('sse')
  @RequireScope('mcp:tools')
  async open(@Req() req: AuthenticatedRequest, @Res() res: Response): Promise<void> {
    await answerFaults(res, () => this.sessions.open(req.principal, res));
  }

  @Post('message')
  @RequireScope('mcp:tools')
  async post(
    @Req() req: AuthenticatedRequest,
    @Res() res: Response,
    @Query('sessionId') sessionId?: unknown,
  ): Promise<void> {
    checkToolScope(req.principal, req.body);
    await answerFaults(res, async () => {
      const session = checkedSessionId(sessionId);
      const noMessage = refuseShape(req.body);
      if (noMessage) return void res.status(400).json(noMessage);
      await this.sessions.deliver(session, req.principal, req.body);
      res.status(202).send('Accepted');
    });
  }

  /** Agents that try Streamable HTTP first take the 405 as the sign to open a stream instead. */
  @All(['sse', 'message'])
  @RequireScope('mcp:tools')
  refuse(@Req() req: AuthenticatedRequest, @Res() res: Response): void {
    res.setHeader('Allow', req.path.endsWith('sse') ? 'GET' : 'POST');
    sendJsonRpcError(res, 405, JSON_RPC.serverError, new ServonautError('method_not_allowed'));
  }
}

async function answerFaults(res: Response, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ServonautError) || res.headersSent) throw error;
    const { http, jsonRpc } = errorRow(error.code);
    // What is invalid here is the address, not the parameters of a request that has been understood.
    sendJsonRpcError(res, http, error.code === 'invalid_request' ? JSON_RPC.invalidRequest : jsonRpc, error);
  }
}

/** Longer than any id that was given out, so nothing is looked up for what cannot be one. */
const SESSION_ID_LENGTH = 64;

function checkedSessionId(sessionId: unknown): string {
  if (typeof sessionId === 'string' && sessionId !== '' && sessionId.length <= SESSION_ID_LENGTH) return sessionId;
  throw new ServonautError('invalid_request', {
    message: 'The parameter sessionId is missing.',
    nextStep: 'Open a stream at /mcp/sse and post to the address that its first event names.',
  });
}
