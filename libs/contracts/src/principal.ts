import { z } from 'zod';
import { executorIdSchema } from './identifiers.ts';
import { WIRE_LIMITS } from './limits.ts';
import { serverPatternSchema } from './server-pattern.ts';

/** Who asks, as the operator sees it: a user, or a credential that a user issued. The label is for people, never for decisions. */
export const principalSchema = z.object({
  kind: z.enum(['user', 'credential']),
  id: executorIdSchema,
  label: z.string().max(128),
  /** The only servers that it may use or know of. Absent: all that the executor has. */
  servers: z.array(serverPatternSchema).max(WIRE_LIMITS.serverPatterns).optional(),
});
export type WirePrincipal = z.infer<typeof principalSchema>;
