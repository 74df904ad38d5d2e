import { All, Controller, Inject, Logger, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, type AuthInfo } from '@modelcontextprotocol/server';
import { refuseRequest, refuseShape } from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { RequireScope, type AuthenticatedRequest, type Principal } from '../auth/index.ts';
import { answerCall } from './answer-call.ts';
import { ClientCancels } from './client-cancels.ts';
import { earlierCall, type EarlierCall } from './earlier-call.ts';
import { HttpExchange } from './http-exchange.ts';
import { createStreamableServer } from './streamable-server.ts';
import { checkToolScope } from './tool-scope.ts';
import { ToolSurface } from './tools/tool-surface.ts';

/** Streamable HTTP: every revision that the SDK speaks, on one address, without sessions. */
@Controller('mcp')
export class McpController implements OnModuleDestroy {
  readonly #logger = new Logger('Mcp');
  readonly #handler;
  readonly #serve;
  readonly #keepAliveMs: number;

  constructor(
    private readonly surface: ToolSurface,
    private readonly cancels: ClientCancels,
    @Inject(APP_CONFIG) { mcp }: Pick<AppConfig, 'mcp'>,
  ) {
    this.#keepAliveMs = mcp.keepAliveMs;
    this.#handler = createMcpHandler((request) => createStreamableServer(surface, principalOf(request.authInfo)), {
      // A stream from the start lets signs of life through while a command runs in silence.
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
    // A body that was not read, such as one that is not JSON, and any other method are the SDK's to refuse.
    const noMessage = req.method === 'POST' && req.body !== undefined ? refuseShape(req.body) : undefined;
    if (noMessage) return void res.status(400).json(noMessage);
    const refusal = refuseRequest(req.body);
    if (refusal) return void res.json(refusal);
    checkToolScope(req.principal, req.body);
    const call = earlierCall(req);
    if (call) return this.#answer(call, req, res);
    if (await this.cancels.take(req, res)) return;
    this.cancels.introduce(req, res);
    await this.#serve(Object.assign(req, { auth: authInfo(req.principal) }), res, req.body);
  }

  async #answer(call: EarlierCall, req: AuthenticatedRequest, res: Response): Promise<void> {
    const exchange = new HttpExchange(res, this.#keepAliveMs);
    this.cancels
      .listen(req, call, res, () => exchange.cancel())
      .catch((error: Error) => this.#logger.warn(`a call cannot be cancelled by message: ${error.message}`));
    await answerCall(this.surface, req.principal, call, exchange);
  }

  async onModuleDestroy(): Promise<void> {
    await this.surface.drain();
    await this.#handler.close();
  }
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
