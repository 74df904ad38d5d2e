import { z } from 'zod';

/** One thing to do with an account of the keychain; without `put`, `remove` and `list` it is looked up. */
export const keychainOrderSchema = z.object({
  account: z.string(),
  /** What is to be kept there. */
  put: z.string().optional(),
  remove: z.boolean().optional(),
  /** Finds the accounts that begin like this one, a line each. */
  list: z.boolean().optional(),
});
export type KeychainOrder = z.infer<typeof keychainOrderSchema>;

export const keychainAnswerSchema = z.union([
  z.object({ error: z.string() }),
  z.object({ found: z.string().optional() }),
]);
export type KeychainAnswer = z.infer<typeof keychainAnswerSchema>;
