import { ServonautError, z, type ExecResult } from '@servonaut/plugin-sdk';
import { sectionsOf } from '@servonaut/plugin-sdk/host-facts';
import { scriptState } from './script-state.ts';
import { systemdState } from './systemd-state.ts';

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

/** What the scripts exit with where nothing supervises services. */
export const NO_MANAGER = 81;

/**
 * Reads what the status script printed.
 * @throws ServonautError `not_found` when there is no such service, or nothing that supervises any
 */
export function parseServiceState({ exitCode, stdout }: ExecResult, name: string, server: string): ServiceState {
  if (exitCode === NO_MANAGER)
    throw new ServonautError('not_found', {
      message: `Nothing on ${server} is known to supervise services (no systemd, OpenRC, rcctl or service). Look for its process with list_processes.`,
    });
  const sections = sectionsOf(stdout);
  const systemd = sections.get('systemd');
  const state = systemd ? systemdState(name, systemd) : scriptState(name, sections);
  if (!state)
    throw new ServonautError('not_found', {
      message: `There is no service ${name} on ${server}. Look for its name with run_command, such as systemctl list-units --type=service --all.`,
    });
  return state;
}
