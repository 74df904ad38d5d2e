import { z } from 'zod';
import { WIRE_LIMITS } from './limits.ts';

/** Id of a command request: a UUID, made by the coordinator as version 7 (RFC 9562 section 5.7). */
export const requestIdSchema = z.uuid();

/** Id of a user as it appears in topics. Compared as a string, whatever its looks. */
export const userIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "_" or "-"');

/** Id of one running executor. Ours are UUIDs; an older executor names itself by its `client_id`. */
export const executorIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'expected 1 to 128 letters, digits or "_.:-"');

/** Name of a tool as MCP allows it: letters, digits, `_`, `.` and `-`, at most 40 characters. */
export const toolNameSchema = z
  .string()
  .min(1)
  .max(WIRE_LIMITS.toolNameLength)
  .regex(/^[A-Za-z0-9_.-]+$/, 'expected letters, digits, "_", "." or "-"');

/** Name of a server in an executor's inventory. Printable, no spaces, so that it survives every shell, log and URL. */
export const serverNameSchema = z
  .string()
  .min(1)
  .max(WIRE_LIMITS.serverNameLength)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:@-]*$/, 'expected letters, digits or "_.:@-", not starting with a sign');

/**
 * A server as whoever calls names it: by its name, or, for one that somebody else lets them use, with the name of that user and `/` before it
 * (`alice/web-1`).
 */
export const serverAddressSchema = z
  .string()
  .regex(
    /^(?:[!-~]{1,254}\/)?[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,127}$/,
    'expected the name of a server, and perhaps that of a user and "/" before it',
  );

/** Labels of a server: free keys and values without control characters. */
export const labelsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9_./-]{1,64}$/),
    z
      .string()
      .max(128)
      .regex(/^[^\p{Cc}]*$/u),
  )
  .refine((labels) => Object.keys(labels).length <= WIRE_LIMITS.labelsPerServer, {
    error: `at most ${WIRE_LIMITS.labelsPerServer} labels on a server`,
  });

/** The private topic of one user's command requests (DESIGN section 4). */
export function commandTopic(userId: string): string {
  return `/cli/${userIdSchema.parse(userId)}/commands`;
}
