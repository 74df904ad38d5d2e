import { z } from 'zod';
import { executorIdSchema } from './identifiers.ts';

/** Who asks, as the operator sees it: a user, or a credential that a user issued. The label is for people, never for decisions. */
export const principalSchema = z.object({
  kind: z.enum(['user', 'credential']),
  id: executorIdSchema,
  label: z.string().max(128),
});
export type WirePrincipal = z.infer<typeof principalSchema>;
