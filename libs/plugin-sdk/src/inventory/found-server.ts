import { z } from 'zod';

/**
 * A host as ssh(1) may be told it: never an option, and nothing that a shell behind `Match exec` or `ProxyCommand` could take for more than a name.
 */
const hostSchema = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_:[][A-Za-z0-9_.:%[\]-]*$/, 'expected a host name or address');

const pathSchema = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\p{Cc}]+$/u, 'expected a path');

/** The fields of a server by which it is reached. They stay on the operator's machine. */
export const placeSchema = z.strictObject({
  /** Address or name. Without it the name is what is connected to, as `ssh NAME` would. */
  host: hostSchema.optional(),
  port: z.int().min(1).max(65_535).optional(),
  user: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/, 'expected the name of a user')
    .optional(),
  /** Private key file, or several in the order in which they are offered; `~/` is the operator's home folder. */
  identityFile: z.union([pathSchema, z.array(pathSchema).min(1)]).optional(),
  /** Server to go through, as `ProxyJump` of ssh_config(5) names it: `[user@]host[:port]`, several separated by commas. */
  jump: z
    .string()
    .max(1_024)
    .regex(/^[A-Za-z0-9_[][A-Za-z0-9_.:%@,[\]-]*$/, 'expected [user@]host[:port]')
    .optional(),
});

/** What a source knows of a server. Its name and labels need not be fit for the coordinator yet. */
export const foundServerSchema = placeSchema.extend({
  /** As the source has it. Empty when it has none: the server is then left out, with a warning. */
  name: z.string().max(1_024),
  labels: z.record(z.string().min(1), z.string()),
});

export interface FoundServer extends z.input<typeof foundServerSchema> {
  readonly labels: Readonly<Record<string, string>>;
}
