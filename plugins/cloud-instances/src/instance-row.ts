import { INSTANCE_STATES, z, type CloudInstance, type ServerEntry } from '@servonaut/plugin-sdk';

/** An instance in an answer: nothing of it but what is named here. */
export const instanceRowSchema = z.object({
  name: z.string(),
  source: z.string(),
  state: z.enum(INSTANCE_STATES),
  type: z.string().nullable(),
  zone: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  /** Whether there is a server of this name now, for the other tools. */
  is_server: z.boolean(),
});
export type InstanceRow = z.output<typeof instanceRowSchema>;

export function instanceRow(instance: CloudInstance, servers: readonly ServerEntry[]): InstanceRow {
  const { name, source, state, type, zone, labels } = instance;
  return { name, source, state, type, zone, labels, is_server: servers.some((server) => server.name === name) };
}

/** As the `source` argument takes it. */
export const sourceNameSchema = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*(?: \d+)?$/, 'expected the name of a source, such as aws or "aws 2"');
