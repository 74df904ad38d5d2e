import { Inject, Injectable } from '@nestjs/common';
import {
  idleTerms,
  selectServers,
  serverAddressSchema,
  serverTermSchema,
  ServonautError,
  type Combination,
  type ServerEntry,
  type ServerPace,
} from '@servonaut/contracts';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../../config/app-config.ts';
import type { Principal } from '../../auth/index.ts';
import { Entitlements, type Decision } from '../../entitlements/index.ts';
import { Relay } from '../../relay/index.ts';
import { CallAdmission } from './call-admission.ts';
import { askedPace } from './call-pace.ts';

/** Most terms of one call. */
const MOST_TERMS = 1_000;

/** The address of a server that somebody else lets the caller use (`alice/web-1`), or `!` and that. */
const addressTermSchema = z
  .string()
  .refine((term) => !term.startsWith('!!') && serverAddressSchema.safeParse(term.replace(/^!/, '')).success);
const termSchema = z.union([serverTermSchema, addressTermSchema]);
const termsSchema = z.array(termSchema).min(1).max(MOST_TERMS);

/** The servers of a call, and how it goes through them: on no more at the same time than the caller may have calls run. */
export interface ChosenServers extends ServerPace {
  /** As the call names them, each once. */
  readonly names: readonly string[];
  /** Terms that name none. */
  readonly idle: readonly string[];
  /** How the tool puts their answers together. */
  readonly combine: Combination | undefined;
}

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
    if (target !== 'server') throw invalid(tool, 'servers: expected none');
    const pace = askedPace(tool, args);
    const terms = termsOf(tool, args);
    const entries = await this.relay.connectedServers(principal.userId);
    const decided = this.#decide(principal, tool, entries);
    const usable = decided.flatMap(({ decision, told }) => (decision.allowed ? told : []));
    const chosen = selectServers(usable, terms).map(({ name }) => name);
    const names = [...new Set([...chosen, ...terms.filter(isName)])].filter(
      (name) => !isTakenAway(name, terms, usable),
    );
    for (const name of names) refuseUnsure(tool, name, terms, usable);
    if (names.length === 0) throw entries.length === 0 ? nobody() : none(tool, terms);
    const { serversPerCall: most } = this.config.mcp;
    if (names.length > most) throw tooMany(tool, names.length, most);
    const limits = decided.flatMap(({ name, decision }) => (names.includes(name) ? runningLimits(decision) : []));
    const idle = idleTerms(usable, terms).filter((term) => !isName(term) && !isOfNamed(term, terms));
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

function termsOf(tool: string, args: Readonly<Record<string, unknown>>): readonly string[] {
  if (args['server'] !== undefined) throw invalid(tool, 'server, servers: expected one of the two');
  const parsed = termsSchema.safeParse(args['servers']);
  if (parsed.success) return parsed.data;
  throw invalid(tool, 'servers: expected a list of names, patterns ("web-*"), labels ("label:role=db") or "!web-3"');
}

function isName(term: string): boolean {
  return !/^(?:!|label:)/.test(term) && serverAddressSchema.safeParse(term).success;
}

/** Takes away what another term names. */
function isOfNamed(term: string, terms: readonly string[]): boolean {
  return term.startsWith('!') && terms.includes(term.slice(1));
}

/** As soon as one executor that has a server of this name tells labels that a term takes away. */
function isTakenAway(name: string, terms: readonly string[], usable: readonly ServerEntry[]): boolean {
  if (name.includes('/')) return terms.includes(`!${name}`);
  const away = terms.filter((term) => term.startsWith('!'));
  const known = usable.filter((entry) => entry.name === name);
  const told = known.length > 0 ? known : [{ name, labels: {} }];
  return selectServers(told, away).length < told.length;
}

/**
 * Where it is not sure whether a term takes a server away, it must not be asked. Labels count as not known of all servers that the caller may not use:
 * the answer would tell them, or that there is such a server.
 */
function refuseUnsure(tool: string, name: string, terms: readonly string[], usable: readonly ServerEntry[]): void {
  if (name.includes('/') && isTakenAway(name.slice(name.lastIndexOf('/') + 1), terms, []))
    throw invalid(tool, `servers: to leave out ${name}, expected "!${name}"; else, no "!" that fits its name`);
  if (!terms.some((term) => term.startsWith('!label:')) || usable.some((entry) => entry.name === name)) return;
  throw invalid(tool, `servers: the labels of ${name} are not known, so expected no "!label:" beside it`);
}

function invalid(tool: string, fault: string): ServonautError {
  return new ServonautError('invalid_request', {
    message: `The arguments of ${tool} are not valid. ${fault}.`,
    nextStep: 'Call list_servers for the names and labels. Nothing was run.',
  });
}

function nobody(): ServonautError {
  return new ServonautError('executor_offline', {
    message: 'No executor is connected that tells which servers there are.',
  });
}

function none(tool: string, terms: readonly string[]): ServonautError {
  return new ServonautError('unknown_server', {
    message: `No server on which you may call ${tool} is named by ${terms.slice(0, 10).join(', ')}.`,
    nextStep: 'Call list_servers for the names and labels. Nothing was run.',
  });
}

function tooMany(tool: string, count: number, most: number): ServonautError {
  return new ServonautError('invalid_request', {
    message: `This call of ${tool} is for ${count} servers; one call can be for ${most}.`,
    nextStep: 'Narrow it, or make several calls. Nothing was run.',
    facts: { servers: count, limit: most },
  });
}
