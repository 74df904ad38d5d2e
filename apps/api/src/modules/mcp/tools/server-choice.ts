import { Inject, Injectable } from '@nestjs/common';
import {
  askedPace,
  askedTerms,
  checkServerCount,
  invalidServers,
  namedServers,
  noServers,
  type ChosenServers,
} from '@servonaut/agent-tools';
import { ServonautError, type ServerEntry } from '@servonaut/contracts';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import type { Principal } from '../../auth/index.ts';
import { Entitlements, type Decision } from '../../entitlements/index.ts';
import { Relay } from '../../relay/index.ts';
import { CallAdmission } from './call-admission.ts';

/** Finds the servers of a call that is for several. */
@Injectable()
export class ServerChoice {
  constructor(
    private readonly relay: Relay,
    private readonly entitlements: Entitlements,
    private readonly admission: CallAdmission,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'mcp'>,
  ) {}

  /**
   * Patterns and labels choose among the connected servers on which the caller may call the tool. Servers that are named are taken as they are: what is
   * wrong with one is told in its place.
   * @throws ServonautError `unknown_tool`, `invalid_request`, `unknown_server` when there are none, `executor_offline` when nobody is there to tell
   */
  async of(principal: Principal, tool: string, args: Readonly<Record<string, unknown>>): Promise<ChosenServers> {
    const { target, combine } = await this.admission.find(principal, tool);
    if (target !== 'server') throw invalidServers(tool, 'servers: expected none');
    const pace = askedPace(tool, args);
    const terms = askedTerms(tool, args);
    const entries = await this.relay.connectedServers(principal.userId);
    const decided = this.#decide(principal, tool, entries);
    const usable = decided.flatMap(({ decision, told }) => (decision.allowed ? told : []));
    const { names, idle } = namedServers(tool, terms, usable);
    if (names.length === 0) throw entries.length === 0 ? nobody() : noServers(tool, terms);
    checkServerCount(tool, names.length, this.config.mcp.serversPerCall);
    const limits = decided.flatMap(({ name, decision }) => (names.includes(name) ? runningLimits(decision) : []));
    return { ...pace, names, idle, combine, atOnce: Math.min(names.length, pace.atOnce, ...limits) };
  }

  /** By all that is told of a server of one name, as the call itself is decided. */
  #decide(principal: Principal, tool: string, entries: readonly ServerEntry[]): Decided[] {
    return [...Map.groupBy(entries, ({ name }) => name)].map(([name, told]) => {
      const server = { owner: null, name, labels: told.map(({ labels }) => labels) };
      return { name, told, decision: this.entitlements.decide(principal, { tool, server }) };
    });
  }
}

interface Decided {
  readonly name: string;
  readonly told: readonly ServerEntry[];
  readonly decision: Decision;
}

function runningLimits(decision: Decision): number[] {
  if (!decision.allowed) return [];
  return decision.counts.flatMap(({ window, limit }) => (window === 'concurrent' ? [Math.max(1, limit)] : []));
}

function nobody(): ServonautError {
  return new ServonautError('executor_offline', {
    message: 'No executor is connected that tells which servers there are.',
  });
}
