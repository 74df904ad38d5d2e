import { Inject, Injectable } from '@nestjs/common';
import { ServonautError, WIRE_LIMITS, type ToolManifest } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import type { Principal } from '../../auth/index.ts';
import {
  Entitlements,
  notEntitled,
  type Allowed,
  type TakenCall,
  type WantedServer,
} from '../../entitlements/index.ts';
import { Relay, type RelayCall, type RequestView } from '../../relay/index.ts';
import type { ArrivedCall } from './call-audit.ts';
import { checkArguments } from './tool-arguments.ts';
import { approvedPayload, asCallableBy, refuseOwnWords } from './templated-commands.ts';
import { findTool } from './tool-catalogue.ts';

/** A call that may be made, and has been counted. */
export interface AdmittedCall {
  /** What is sent of it. */
  readonly sent: Pick<RelayCall, 'userId' | 'delegation' | 'server' | 'payload' | 'principal' | 'timeoutSeconds'>;
  /** Most output that may be shown of it, in bytes; null for any. */
  readonly outputBytes: number | null;
  readonly taken: TakenCall;
}

/** Lets calls in: what is there, is valid, is allowed, and has not been made too often. */
@Injectable()
export class CallAdmission {
  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'relay'>,
  ) {}

  /** Whoever gets an answer says of `taken` what became of it. @throws ServonautError that says what is wrong with the call */
  async admit({ requestId: id, principal, tool, args }: ArrivedCall): Promise<AdmittedCall> {
    const manifest = await this.#find(principal, tool);
    refuseOwnWords(principal, tool, args);
    checkArguments(manifest, args);
    const { server, payload: asked } = split(manifest, args);
    const timeoutSeconds = askedTimeout(args);
    const wanted = server === null ? null : await this.#wanted(principal, tool, server);
    const decision = this.entitlements.decide(principal, { tool, server: wanted, timeoutSeconds });
    if (!decision.allowed) throw notEntitled(decision);
    const payload = approvedPayload(principal, tool, asked);
    const runTime = timeoutSeconds ?? this.#leastTimeout(decision);
    const taken = await this.entitlements.take({ id, principal, tool, args, runTime }, decision);
    const { kind, id: principalId, label } = principal;
    const asker = { kind, id: principalId, label, ...this.entitlements.onTheWire(principal, tool, null) };
    return {
      sent: { server, payload, timeoutSeconds: runTime, principal: asker },
      outputBytes: decision.outputBytes,
      taken,
    };
  }

  /**
   * The bounds within which the principal may be shown a request; undefined when they may not know of it. A user sees whatever was asked in the user's
   * name. A credential sees what it asked itself and might still ask: what others of the same user do is as unknown to it as what never was.
   */
  async visible(principal: Principal, view: RequestView): Promise<Allowed | undefined> {
    const { principal: asker, tool, server: name } = view;
    const isOwn = principal.kind === 'user' || (asker.kind === principal.kind && asker.id === principal.id);
    if (!isOwn) return undefined;
    const server = name === null ? null : await this.#wanted(principal, tool, name);
    // Its labels were right when it was asked; who has it may be gone since.
    const labels = server?.labels?.length ? server.labels : null;
    const decision = this.entitlements.decide(principal, { tool, server: server && { ...server, labels } });
    return decision.allowed ? decision : undefined;
  }

  async #find(principal: Principal, name: string): Promise<ToolManifest> {
    const manifest = findTool(name, await this.relay.connectedTools(principal.userId));
    if (manifest) return asCallableBy(principal, manifest);
    throw new ServonautError('unknown_tool', {
      message: `There is no tool named ${JSON.stringify(name.slice(0, WIRE_LIMITS.toolNameLength))}.`,
    });
  }

  /** Labels are asked for where a rule is about them. */
  async #wanted(principal: Principal, tool: string, name: string): Promise<WantedServer> {
    if (!this.entitlements.asksForLabels(principal, tool)) return { owner: null, name, labels: [] };
    const entries = await this.relay.connectedServers(principal.userId);
    const labels = entries.flatMap((entry) => (entry.name === name ? [entry.labels] : []));
    return { owner: null, name, labels };
  }

  #leastTimeout({ timeoutSeconds }: Allowed): number {
    return Math.min(this.config.relay.defaultTimeoutSeconds, timeoutSeconds ?? Infinity);
  }
}

function askedTimeout({ timeout_seconds: asked }: ArrivedCall['args']): number | null {
  return typeof asked === 'number' ? asked : null;
}

/** @throws ServonautError `invalid_request` when a tool that acts on a server is called without one. */
function split({ name, target }: ToolManifest, args: ArrivedCall['args']): Pick<RelayCall, 'server' | 'payload'> {
  const { server, ...payload } = args;
  if (target === 'executor') return { server: null, payload: args };
  if (typeof server === 'string' && server !== '') return { server, payload };
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${name} are not valid. server: expected the name of a server.`,
    nextStep: 'Call list_servers for the names.',
  });
}
