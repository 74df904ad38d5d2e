import { z } from 'zod';
import type { ServerEntry } from '../server-entry.ts';
import { fitsServerPattern, serverPatternSchema } from '../server-pattern.ts';

/** A server as rules see it: whose it is, what it is called, and its labels as its executor told them. */
export interface SelectableServer extends ServerEntry {
  /** Name of the user whose it is; null for the caller's own. */
  readonly owner: string | null;
}

/** What stands before the first `/`: part of no pattern, since no name of a server has one, and of no label, since those have a `:` before it. */
const OWNER = /^([A-Za-z0-9*][A-Za-z0-9_.@*-]{0,63})\/(.+)$/su;
const LABEL = /^label:([A-Za-z0-9_./-]{1,64})=([^\p{Cc}]{0,128})$/u;

/**
 * Servers of the caller's own by a name or a pattern of it (`web-*`), or by a label (`label:role=db`), whose value may have `*` too; those that somebody
 * else lets the caller use with the name of that user before it (`alice/web-*`).
 */
export const serverSelectorSchema = z
  .string()
  .refine((selector) => {
    const { which } = partsOf(selector);
    // A label without its value is a mistake, and no name.
    return which.startsWith('label:') ? LABEL.test(which) : serverPatternSchema.safeParse(which).success;
  }, 'expected the name of a server, a pattern of it with "*", or label:key=value; before it the name of a user and "/", for a server of theirs')
  .meta({ examples: ['web-1', 'web-*', 'label:role=db', 'alice/web-*'] });

/** The same, of the caller's own servers alone. */
export const ownServerSelectorSchema = serverSelectorSchema
  .refine(
    (selector) => partsOf(selector).owner === null,
    'expected servers of your own, without the name of a user before them',
  )
  .meta({ examples: ['web-1', 'web-*', 'label:role=db'] });

/** Whether the selector names this server. A selector without an owner names the caller's own servers alone. */
export function fitsServerSelector(selector: string, { owner, name, labels }: SelectableServer): boolean {
  const { owner: ofWhom, which } = partsOf(selector);
  if ((ofWhom === null) !== (owner === null)) return false;
  if (ofWhom !== null && owner !== null && !fitsServerPattern(ofWhom, owner)) return false;
  const label = LABEL.exec(which);
  if (!label) return fitsServerPattern(which, name);
  const [, key = '', value = ''] = label;
  return Object.hasOwn(labels, key) && fitsServerPattern(value, labels[key] ?? '');
}

/**
 * Whether all servers that the selector names are named by the others, whatever servers there are and how they are labelled. Sure and not complete: it
 * has to be one of them, or the name of one server that fits one of them by its name.
 */
export function isWithinSelectors(selector: string, others: readonly string[]): boolean {
  if (others.includes(selector)) return true;
  const { owner, which: name } = partsOf(selector);
  if (selector.includes('*') || name.startsWith('label:')) return false;
  return others.some((other) => fitsServerSelector(other, { owner, name, labels: {} }));
}

/** Those of the selectors that name servers of the user, as that user would name them. */
export function selectorsSeenBy(user: string, selectors: readonly string[]): string[] {
  return selectors.flatMap((selector) => {
    const { owner, which } = partsOf(selector);
    return owner !== null && fitsServerPattern(owner, user) ? [which] : [];
  });
}

function partsOf(selector: string): { owner: string | null; which: string } {
  const [, owner, which] = OWNER.exec(selector) ?? [];
  return owner === undefined || which === undefined ? { owner: null, which: selector } : { owner, which };
}
