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

/** Most terms of one call. */
const MOST_TERMS = 1_000;

/** The address of a server that somebody else lets the caller use (`alice/web-1`), or `!` and that. */
const addressTermSchema = z
  .string()
  .refine((term) => !term.startsWith('!!') && serverAddressSchema.safeParse(term.replace(/^!/, '')).success);
const termSchema = z.union([serverTermSchema, addressTermSchema]);
const termsSchema = z.array(termSchema).min(1).max(MOST_TERMS);

/** The servers of a call, by what it says of them. */
export interface NamedServers {
  /** As the call names them, each once. */
  readonly names: readonly string[];
  /** Terms that name none. */
  readonly idle: readonly string[];
}

/** And how it goes through them: on no more at the same time than the caller may have calls run. */
export interface ChosenServers extends NamedServers, ServerPace {
  /** How the tool puts their answers together. */
  readonly combine: Combination | undefined;
}

/** @throws ServonautError `invalid_request` */
export function askedTerms(tool: string, args: Readonly<Record<string, unknown>>): readonly string[] {
  if (args['server'] !== undefined) throw invalidServers(tool, 'server, servers: expected one of the two');
  const parsed = termsSchema.safeParse(args['servers']);
  if (parsed.success) return parsed.data;
  throw invalidServers(
    tool,
    'servers: expected a list of names, patterns ("web-*"), labels ("label:role=db") or "!web-3"',
  );
}

/**
 * Patterns and labels choose among the servers on which the caller may call the tool. Servers that are named are taken as they are: what is wrong with one
 * is told in its place.
 * @param usable a server as each of those tells it that have it
 * @throws ServonautError `invalid_request` where it is not sure which are meant
 */
export function namedServers(tool: string, terms: readonly string[], usable: readonly ServerEntry[]): NamedServers {
  const chosen = selectServers(usable, terms).map(({ name }) => name);
  const names = [...new Set([...chosen, ...terms.filter(isName)])].filter((name) => !isTakenAway(name, terms, usable));
  for (const name of names) refuseUnsure(tool, name, terms, usable);
  const idle = idleTerms(usable, terms).filter((term) => !isName(term) && !isOfNamed(term, terms));
  return { names, idle };
}

/** @throws ServonautError `invalid_request` */
export function checkServerCount(tool: string, count: number, most: number): void {
  if (count <= most) return;
  throw new ServonautError('invalid_request', {
    message: `This call of ${tool} is for ${count} servers; one call can be for ${most}.`,
    nextStep: 'Narrow it, or make several calls. Nothing was run.',
    facts: { servers: count, limit: most },
  });
}

export function noServers(tool: string, terms: readonly string[]): ServonautError {
  return new ServonautError('unknown_server', {
    message: `No server on which you may call ${tool} is named by ${terms.slice(0, 10).join(', ')}.`,
    nextStep: 'Call list_servers for the names and labels. Nothing was run.',
  });
}

export function invalidServers(tool: string, fault: string): ServonautError {
  return new ServonautError('invalid_request', {
    message: `The arguments of ${tool} are not valid. ${fault}.`,
    nextStep: 'Call list_servers for the names and labels. Nothing was run.',
  });
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
    throw invalidServers(tool, `servers: to leave out ${name}, expected "!${name}"; else, no "!" that fits its name`);
  if (!terms.some((term) => term.startsWith('!label:')) || usable.some((entry) => entry.name === name)) return;
  throw invalidServers(tool, `servers: the labels of ${name} are not known, so expected no "!label:" beside it`);
}
