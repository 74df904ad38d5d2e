import { Inject, Injectable } from '@nestjs/common';
import { askedTimeout, checkArguments, splitServer } from '@servonaut/agent-tools';
import { ServonautError, WIRE_LIMITS, type ToolManifest, type WirePrincipal } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import type { Principal } from '../../auth/index.ts';
import {
  Entitlements,
  notEntitled,
  type Allowed,
  type Decision,
  type Denial,
  type TakenCall,
  type WantedServer,
} from '../../entitlements/index.ts';
import { Relay, type RelayCall, type RequestView } from '../../relay/index.ts';
import type { ArrivedCall } from './call-audit.ts';
import type { CallThrough } from './call-through.ts';
import { approvedPayload, asCallableBy, refuseOwnWords } from './templated-commands.ts';
import { findTool } from './tool-catalogue.ts';

const READ_OUTPUT = 'read_output';

/** A call that the coordinator answers by itself, that may be made and has been counted. */
export interface OwnCall {
  /** Most output that may be shown of it, in bytes; null for any. */
  readonly outputBytes: number | null;
  readonly taken: TakenCall;
}

/** The same of one that is for an executor. */
export interface AdmittedCall extends OwnCall {
  /** What is sent of it. */
  readonly sent: Pick<RelayCall, 'userId' | 'delegation' | 'server' | 'payload' | 'principal' | 'timeoutSeconds'>;
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
  async admit(call: ArrivedCall): Promise<AdmittedCall> {
    const { requestId: id, tool, through } = call;
    const { userId, principal, args } = sideOf(call);
    const manifest = await this.find(principal, tool);
    // Nobody learns of what they may not call there by what is said of its arguments.
    if (through) refuseDenied(this.entitlements.decide(principal, { tool, server: through.server }));
    refuseOwnWords(principal, tool, args);
    checkArguments(manifest, args);
    const { server, payload: asked } = splitServer(manifest, args, through !== undefined);
    const timeoutSeconds = askedTimeout(args);
    const wanted = server === null ? null : (through?.server ?? (await this.#wanted(principal, tool, server)));
    const decision = this.entitlements.decide(principal, { tool, server: wanted, timeoutSeconds });
    if (!decision.allowed) throw await this.#refusal(decision, principal, wanted);
    const payload = approvedPayload(principal, tool, asked);
    const runTime = Math.min(timeoutSeconds ?? this.#leastTimeout(decision), secondsUntil(through?.until));
    const taken = await this.entitlements.take({ id, principal, tool, args: call.args, runTime }, decision);
    const lists = this.entitlements.onTheWire(principal, tool, through?.server.owner ?? null);
    const asker = { ...askerOf(call), ...endingOf(call), ...lists };
    const whose = { userId, ...(through && { delegation: through.delegation }) };
    return {
      sent: { ...whose, server, payload, timeoutSeconds: runTime, principal: asker },
      outputBytes: decision.outputBytes,
      taken,
    };
  }

  /** The same for a tool that the coordinator answers by itself. @throws ServonautError that says what is wrong with the call */
  async admitOwn({ requestId: id, principal, tool, args }: ArrivedCall, manifest: ToolManifest): Promise<OwnCall> {
    checkArguments(manifest, args);
    const decision = this.entitlements.decide(principal, { tool, server: null });
    if (!decision.allowed) throw notEntitled(decision);
    const taken = await this.entitlements.take({ id, principal, tool, args, runTime: 0 }, decision);
    return { outputBytes: decision.outputBytes, taken };
  }

  /**
   * The bounds within which the principal may be shown a request; undefined when they may not know of it. A user sees whatever was asked in the user's
   * name. A credential sees what it asked itself and might still ask: what others of the same user do is as unknown to it as what never was. What was
   * asked of somebody else's server is seen by whoever can still go `through` to it, and not by its owner.
   */
  async visible(caller: Principal, view: RequestView, through?: CallThrough): Promise<Allowed | undefined> {
    const { principal: asker, tool, server: name, delegation } = view;
    const isOwn = caller.kind === 'user' || (asker.kind === caller.kind && asker.id === caller.id);
    if (!isOwn || delegation?.id !== through?.delegation.id) return undefined;
    if (through) return this.#allowed(through.principal, tool, { ...through.server, labels: null });
    const principal = caller;
    const server = name === null ? null : await this.#wanted(principal, tool, name);
    // Its labels were right when it was asked; who has it may be gone since.
    const labels = server?.labels?.length ? server.labels : null;
    return this.#allowed(principal, tool, server && { ...server, labels });
  }

  /** The request without word of how to read the rest of its output, where the caller may not: an executor shows that to whoever asked for it alone. */
  told(view: RequestView, caller: Principal, through?: CallThrough): RequestView {
    const { result, server: name, principal: asker } = view;
    if (!result?.output_kept || name === null) return view;
    const server = { owner: through?.server.owner ?? null, name, labels: null };
    const isAsker = asker.kind === caller.kind && asker.id === caller.id;
    if (isAsker && this.#allowed(through?.principal ?? caller, READ_OUTPUT, server)) return view;
    const { output_kept: _, ...others } = result;
    return { ...view, result: others };
  }

  #allowed(principal: Principal, tool: string, server: WantedServer | null): Allowed | undefined {
    const decision = this.entitlements.decide(principal, { tool, server });
    return decision.allowed ? decision : undefined;
  }

  /**
   * The tool as the principal may call it. Also on somebody else's executor, as the caller's own describe it: no user writes what the agents of another are
   * held to.
   * @throws ServonautError `unknown_tool`
   */
  async find(principal: Principal, name: string): Promise<ToolManifest> {
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

  /** While nobody tells any labels, a call that is limited by them is not forbidden: there is nobody to run it. */
  async #refusal(denial: Denial, principal: Principal, wanted: WantedServer | null): Promise<ServonautError> {
    const isUntold = denial.byLabels === true && wanted?.owner === null && wanted.labels?.length === 0;
    const entries = isUntold ? await this.relay.connectedServers(principal.userId) : null;
    if (entries?.length !== 0) return notEntitled(denial);
    return new ServonautError('executor_offline', {
      message: 'No executor is connected that tells the labels of its servers, by which this call is limited.',
    });
  }

  #leastTimeout({ timeoutSeconds }: Allowed): number {
    return Math.min(this.config.relay.defaultTimeoutSeconds, timeoutSeconds ?? Infinity);
  }
}

/** @throws ServonautError `not_entitled` */
function refuseDenied(decision: Decision): void {
  if (!decision.allowed) throw notEntitled(decision);
}

/** Whose executors are asked, in whose name, and of what: there, each server has the name that its owner gave it. */
function sideOf({
  principal,
  args,
  through,
}: ArrivedCall): Pick<ArrivedCall, 'principal' | 'args'> & { userId: string } {
  if (!through) return { userId: principal.userId, principal, args };
  return { userId: through.grantorId, principal: through.principal, args: { ...args, server: through.server.name } };
}

/** As the operator sees who asks. */
function askerOf({ principal: { kind, id, label, userName }, through }: ArrivedCall): WirePrincipal {
  return { kind, id, label: through ? `${userName}: ${label}`.slice(0, LABEL_LENGTH) : label };
}

/** What the wire takes. */
const LABEL_LENGTH = 128;

/** Within this many milliseconds the end of a right may come while the operator is asked. */
const SOON_MS = 2 * WIRE_LIMITS.approvalSeconds * 1_000;

/** When the right ends by which it is asked, where that may be of consequence. An access token may be followed by another of the same sign-in. */
function endingOf({ principal, through }: ArrivedCall): Pick<WirePrincipal, 'expires_at'> {
  const own = principal.kind === 'user' ? principal.signedInUntil : principal.expiresAt;
  const ends = Math.min(...[own, through?.until].map((end) => end?.getTime() ?? Infinity));
  return ends < Date.now() + SOON_MS ? { expires_at: new Date(ends).toISOString() } : {};
}

/** What runs by a delegation ends with it. */
export function secondsUntil(end: Date | null | undefined): number {
  return end ? Math.max(1, Math.floor((end.getTime() - Date.now()) / 1_000)) : Infinity;
}
