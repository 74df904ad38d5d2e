import { MOST_AT_ONCE, serverPace, ServonautError, type ServerPace } from '@servonaut/contracts';
import { z } from 'zod';

const paceSchema = z.object({
  max_parallel: z.int().min(1).max(MOST_AT_ONCE).optional(),
  stop_on_error: z.boolean().default(false),
});

/** As the arguments ask for it. @throws ServonautError `invalid_request` */
export function askedPace(tool: string, args: Readonly<Record<string, unknown>>): ServerPace {
  const parsed = paceSchema.safeParse(args);
  if (parsed.success) return serverPace(parsed.data.max_parallel, parsed.data.stop_on_error);
  throw new ServonautError('invalid_request', {
    message: `The arguments of ${tool} are not valid. Expected max_parallel from 1 to ${MOST_AT_ONCE}, and true or false as stop_on_error.`,
    nextStep: `Correct them and call ${tool} again. Nothing was run.`,
  });
}
