import { All, Controller, Inject, Logger, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, type AuthInfo } from '@modelcontextprotocol/server';
import { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { RequireScope, type AuthenticatedRequest, type Principal } from '../auth/index.ts';
import { JSON_RPC, sendJsonRpcError } from './json-rpc.ts';
import { createStreamableServer } from './streamable-server.ts';
import { ToolSurface } from './tools/tool-surface.ts';

/** Streamable HTTP: every revision that the SDK speaks, on one address, without sessions. */
@Controller('mcp')
export class McpController implements OnModuleDestroy {
  readonly #logger = new Logger('Mcp');
  readonly #handler;
  readonly #serve;

  constructor(
    private readonly surface: ToolSurface,
    @Inject(APP_CONFIG) { mcp }: Pick<AppConfig, 'mcp'>,
  ) {
    this.#handler = createMcpHandler((request) => createStreamableServer(surface, principalOf(request.authInfo)), {
      // A stream from the start costs 0.05 ms more than JSON would, and lets signs of life through while a command runs in silence.
      responseMode: 'sse',
      keepAliveMs: mcp.keepAliveMs,
      onerror: (error) => this.#logger.debug(error.message),
    });
    this.#serve = toNodeHandler(this.#handler);
  }

  /** All methods: the SDK answers those that it does not take with 405. */
  @All()
  @RequireScope('mcp:tools')
  async serve(@Req() req: AuthenticatedRequest, @Res() res: Response): Promise<void> {
    if (Array.isArray(req.body)) return sendJsonRpcError(res, 400, JSON_RPC.invalidRequest, batchRefused());
    await this.#serve(Object.assign(req, { auth: authInfo(req.principal) }), res, req.body);
  }

  async onModuleDestroy(): Promise<void> {
    await this.surface.drain();
    await this.#handler.close();
  }
}

/** One POST with a hundred calls would pass every limit that counts requests; no revision since 2025-06-18 has batches. */
function batchRefused(): ServonautError {
  return new ServonautError('invalid_request', {
    message: 'Batches are not taken.',
    nextStep: 'Send one message per request.',
  });
}

/** The token itself stays out: nothing behind the guard has a use for it. */
function authInfo(principal: Principal): AuthInfo {
  return { token: '', clientId: principal.id, scopes: [...principal.scopes], extra: { principal } };
}

function principalOf(info: AuthInfo | undefined): Principal {
  const principal = info?.extra?.['principal'];
  if (!principal) throw new ServonautError('unauthenticated');
  return principal as Principal;
}
