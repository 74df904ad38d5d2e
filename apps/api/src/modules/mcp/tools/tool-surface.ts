import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  answerLookup,
  answerMany,
  answerRefusal,
  answerRequest,
  callMany,
  checkArguments,
  describeTool,
  GET_REQUEST,
  getRequestInput,
  type CallHooks,
  type OutputBounds,
  type ToolDescription,
  type ToolResult,
} from '@servonaut/agent-tools';
import { ServonautError } from '@servonaut/contracts';
import { v7 as uuidv7 } from 'uuid';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import { RateLimits } from '../../../platform/limits/rate-limits.ts';
import type { Principal } from '../../auth/index.ts';
import { Entitlements } from '../../entitlements/index.ts';
import { Relay, type RequestView } from '../../relay/index.ts';
import { CallAdmission, type OwnCall } from './call-admission.ts';
import { CallAudit, type ArrivedCall } from './call-audit.ts';
import type { CallThrough } from './call-through.ts';
import { DelegatedServers } from './delegated-servers.ts';
import { answerDelegatedList, LIST_DELEGATED_SERVERS } from './list-delegated-servers.ts';
import { asCallerSees } from './others-refusals.ts';
import { OthersServers } from './others-servers.ts';
import { RefusedCalls } from './refused-calls.ts';
import { RelayedCalls } from './relayed-calls.ts';
import { ServerChoice } from './server-choice.ts';
import { catalogue } from './tool-catalogue.ts';
import { asCallableBy } from './templated-commands.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** The tools that agents see, whichever transport they come by. */
@Injectable()
export class ToolSurface {
  readonly #logger = new Logger('Mcp');
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    private readonly calls: RelayedCalls,
    private readonly choice: ServerChoice,
    private readonly admission: CallAdmission,
    private readonly audit: CallAudit,
    private readonly refused: RefusedCalls,
    private readonly limits: RateLimits,
    private readonly others: OthersServers,
    private readonly delegated: DelegatedServers,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mcp' | 'http'>,
  ) {}

  /** What this principal may call, sorted by name. Varies by principal, never by connection. */
  async listTools(principal: Principal): Promise<ToolDescription[]> {
    const [own, entries, others] = await Promise.all([
      this.relay.connectedTools(principal.userId),
      this.relay.connectedServers(principal.userId),
      this.delegated.tools(principal),
    ]);
    const ownServers = { owner: null, entries };
    const onOwn = this.entitlements.visibleTools(principal, catalogue(own), ownServers);
    const lists = others.length > 0 ? [LIST_DELEGATED_SERVERS] : [];
    const tools = catalogue([...others, ...onOwn], []).map((tool) => asCallableBy(principal, tool));
    return [...tools, GET_REQUEST, ...this.entitlements.visibleTools(principal, lists, ownServers)].map(describeTool);
  }

  /**
   * Runs a call to its end. Whatever goes wrong is an answer that a model can read and act on, with one exception:
   * @throws ServonautError `unknown_tool`, which MCP wants as a protocol error.
   */
  async callTool(principal: Principal, name: string, args: Arguments, hooks: CallHooks = {}): Promise<ToolResult> {
    const call = this.#answer(principal, name, args, hooks);
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  /** Resolves when the calls that run now have been answered, or when the grace of a stopping coordinator is over. */
  async drain(): Promise<void> {
    const grace = delay(this.config.http.shutdownGraceSeconds * 1_000, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.#running), grace]);
    this.refused.settle();
  }

  async #answer(principal: Principal, name: string, args: Arguments, hooks: CallHooks): Promise<ToolResult> {
    const server = typeof args['server'] === 'string' ? args['server'] : null;
    try {
      if (name === GET_REQUEST.name) return await this.#lookUp(principal, args);
      if (name === LIST_DELEGATED_SERVERS.name)
        return await this.#listDelegated({ requestId: uuidv7(), principal, tool: name, args });
      const call = { requestId: uuidv7(), principal, tool: name, args };
      return await (args['servers'] === undefined ? this.#relayCall(call, hooks) : this.#relayMany(call, hooks));
    } catch (error) {
      const known = this.#known(error, name);
      if (known.code === 'unknown_tool') throw known;
      return answerRefusal(known, server);
    }
  }

  async #relayCall(call: ArrivedCall, hooks: CallHooks): Promise<ToolResult> {
    const { view, outputBytes } = await this.calls.run(call, hooks);
    return answerRequest(view, this.#bounds({ outputBytes }));
  }

  /** As many requests, each with its own end. */
  async #relayMany(call: ArrivedCall, hooks: CallHooks): Promise<ToolResult> {
    const { principal, tool, args } = call;
    const chosen = await this.choice.of(principal, tool, args).catch(this.refused.recording(call));
    const ends = await callMany(args, chosen, hooks, {
      run: (one) => this.calls.run({ requestId: uuidv7(), principal, tool, args: one.args }, one.hooks),
      known: (error) => this.#known(error, tool),
    });
    return answerMany(tool, ends, { ...chosen, length: this.config.mcp.answerLength });
  }

  async #listDelegated(call: ArrivedCall): Promise<ToolResult> {
    this.audit.checkRoom(call);
    const admitted = await this.admission.admitOwn(call, LIST_DELEGATED_SERVERS).catch(this.refused.recording(call));
    try {
      const [list] = await Promise.all([this.delegated.list(call.principal), this.audit.allowed(call)]);
      return answerDelegatedList(list, this.#bounds(admitted));
    } finally {
      admitted.taken.release();
    }
  }

  async #lookUp(principal: Principal, args: Arguments): Promise<ToolResult> {
    checkArguments(GET_REQUEST, args);
    const { view, through } = await this.#request(principal, getRequestInput.parse(args).request_id);
    const allowed = await this.admission.visible(principal, view, through);
    if (!allowed) throw new ServonautError('request_unknown');
    return answerLookup(asCallerSees(this.admission.told(view, principal, through)), this.#bounds(allowed));
  }

  async #request(principal: Principal, id: string): Promise<{ view: RequestView; through?: CallThrough }> {
    try {
      return { view: await this.relay.getRequest(principal.userId, id) };
    } catch (error) {
      if (!(error instanceof ServonautError) || error.code !== 'request_unknown') throw error;
      // It asks after everybody who lets this one use a server: no guessing of ids for free.
      await this.limits.take('unknown_requests', `${principal.kind}:${principal.id}`);
      return this.others.request(principal, id);
    }
  }

  #bounds({ outputBytes: bytes }: Pick<OwnCall, 'outputBytes'>): OutputBounds {
    return { length: this.config.mcp.answerLength, bytes };
  }

  #known(error: unknown, tool: string): ServonautError {
    return error instanceof ServonautError ? error : this.#unexpected(error, tool);
  }

  /** Nothing of a foreign error may reach the agent: its text may hold anything. */
  #unexpected(error: unknown, tool: string): ServonautError {
    this.#logger.error(`${tool} failed unexpectedly`, error instanceof Error ? error.stack : String(error));
    return new ServonautError('internal', {
      message: 'Something went wrong on our side; if the call changes anything, it may or may not have run.',
      nextStep: 'Check the server before repeating anything that is not safe to repeat.',
      cause: error,
    });
  }
}
