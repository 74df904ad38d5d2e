import { z } from 'zod';
import type { ServerEntry } from './server-entry.ts';
import { fitsServerSelector, serverSelectorSchema } from './entitlements/server-selector.ts';
import { executorIdSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';

/** Who asks, as the operator sees it: a user, or a credential that a user issued. The label is for people, never for decisions. */
export const principalSchema = z.object({
  kind: z.enum(['user', 'credential']),
  id: executorIdSchema,
  label: z.string().max(128),
  /** When they may ask no more, where that is soon: what waits for the operator then waits no longer. */
  expires_at: z.iso.datetime().optional(),
  /** The only servers that it may use or know of. Absent: all that the executor has. */
  servers: z.array(serverSelectorSchema).max(WIRE_LIMITS.serverPatterns).optional(),
  /** Further lists like `servers`: a server has to be on each. An older executor knows only that one; the coordinator has held the call to all. */
  within: z
    .array(z.array(serverSelectorSchema).max(WIRE_LIMITS.serverPatterns))
    .max(WIRE_LIMITS.serverLists)
    .optional(),
});
export type WirePrincipal = z.infer<typeof principalSchema>;

/** Whether the principal may use this server of the executor that it has called, or know of it: the server is on each of its lists. */
export function reachesServer(
  { servers, within = [] }: Pick<WirePrincipal, 'servers' | 'within'>,
  server: ServerEntry,
): boolean {
  const lists = servers ? [servers, ...within] : within;
  return lists.every((list) => list.some((selector) => fitsServerSelector(selector, { ...server, owner: null })));
}
