import { z } from '@servonaut/plugin-sdk';

export const serviceStateSchema = z.object({
  name: z.string(),
  running: z.boolean(),
  state: z.enum(['running', 'stopped', 'failed', 'changing', 'unknown']),
  /** In the words of what supervises it. */
  detail: z.string(),
  description: z.string().nullable(),
  manager: z.enum(['systemd', 'openrc', 'rcctl', 'service']),
  /** Whether it starts with the server; null where that is not known. */
  enabled: z.boolean().nullable(),
  pid: z.int().nullable(),
  /** When it came into this state: RFC 3339. */
  since: z.string().nullable(),
  /** How often it was started again by itself. */
  restarts: z.int().nullable(),
  memory_bytes: z.number().nullable(),
  /** Of its main process, where that has ended. */
  exit_code: z.int().nullable(),
});
export type ServiceState = z.infer<typeof serviceStateSchema>;
