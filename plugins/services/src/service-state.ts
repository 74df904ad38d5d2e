import { ServonautError, type ExecResult } from '@servonaut/plugin-sdk';
import { sectionsOf } from '@servonaut/plugin-sdk/host-facts';
import type { ServiceState } from './service-state-schema.ts';
import { scriptState } from './script-state.ts';
import { systemdState } from './systemd-state.ts';

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
