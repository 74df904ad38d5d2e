import { z } from 'zod';
import type { ServerEntry } from '../server-entry.ts';
import { fitsServerSelector, ownServerSelectorSchema } from './server-selector.ts';

/** `label:role` without a value. Rules have to say which one; whoever looks for servers need not. */
const ANY_VALUE = /^label:[A-Za-z0-9_./-]{1,64}$/;

interface Term {
  readonly takesAway: boolean;
  readonly selector: string;
}

function termOf(text: string): Term {
  const takesAway = text.startsWith('!');
  const which = takesAway ? text.slice(1) : text;
  return { takesAway, selector: ANY_VALUE.test(which) ? `${which}=*` : which };
}

/**
 * One part of a choice among servers: a name, a pattern of it (`web-*`), a label (`label:role=db`, or `label:role` whatever its value); `!` before it
 * takes those away again.
 */
export const serverTermSchema = z
  .string()
  .refine(
    (text) => ownServerSelectorSchema.safeParse(termOf(text).selector).success,
    'expected the name of a server, a pattern of it with "*", label:key or label:key=value; "!" before it takes those away',
  )
  .meta({ examples: ['web-1', 'web-*', 'label:role=db', 'label:role', '!web-3'] });

function fits({ selector }: Term, server: ServerEntry): boolean {
  return fitsServerSelector(selector, { ...server, owner: null });
}

/**
 * The servers that any of the terms names, without those that one with `!` names, whatever their order; when all terms take away, of all servers. In the order
 * of `servers`. A term that is none names nothing.
 */
export function selectServers<Server extends ServerEntry>(
  servers: readonly Server[],
  terms: readonly string[],
): readonly Server[] {
  const all = terms.map(termOf);
  const away = all.filter(({ takesAway }) => takesAway);
  const named = all.filter(({ takesAway }) => !takesAway);
  const isNamed = (server: Server) => named.length === 0 || named.some((term) => fits(term, server));
  return servers.filter((server) => isNamed(server) && !away.some((term) => fits(term, server)));
}

/** Those of the terms that name none of the servers: most likely a slip of the pen. */
export function idleTerms(servers: readonly ServerEntry[], terms: readonly string[]): readonly string[] {
  return terms.filter((text) => !servers.some((server) => fits(termOf(text), server)));
}
