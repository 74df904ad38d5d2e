import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { JSON_RPC } from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';
import type { ErrorRequestHandler, Response } from 'express';
import { sendJsonRpcError } from './json-rpc.ts';

/** Puts `answerBodyErrors` behind the body parser, which Nest has registered by the time that modules are initialised. */
@Injectable()
export class BodyErrors implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    this.host.httpAdapter.use('/mcp', answerBodyErrors);
  }
}

interface BodyParserError {
  readonly type: string;
  readonly status: number;
  /** What was to be parsed. */
  readonly body?: unknown;
}

const NO_MESSAGE = 'The body is JSON, but not a JSON-RPC 2.0 message.';

/**
 * The body parser runs before any route and knows nothing of MCP; its errors on MCP addresses become JSON-RPC errors here. What is not a body
 * parser's goes on to the platform's filter.
 */
export const answerBodyErrors: ErrorRequestHandler = (error: unknown, _req, res: Response, next) => {
  if (res.headersSent || !isBodyParserError(error)) return next(error);
  if (error.type === 'entity.too.large')
    return sendJsonRpcError(res, 413, JSON_RPC.serverError, new ServonautError('payload_too_large'));
  if (error.type === 'entity.parse.failed' && !isJson(error.body))
    return sendJsonRpcError(res, 400, JSON_RPC.parseError, new ServonautError('malformed_json'));
  const message = error.type === 'entity.parse.failed' ? NO_MESSAGE : 'The body cannot be read.';
  sendJsonRpcError(res, error.status, JSON_RPC.invalidRequest, new ServonautError('invalid_request', { message }));
};

/** The parser takes objects and arrays only, and calls `null`, a number or a text malformed. */
function isJson(text: unknown): boolean {
  try {
    return typeof text === 'string' && JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

function isBodyParserError(error: unknown): error is BodyParserError {
  const { type, status } = (error ?? {}) as Partial<BodyParserError>;
  return typeof type === 'string' && typeof status === 'number' && status < 500;
}
