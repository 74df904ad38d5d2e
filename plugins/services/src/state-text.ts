import { byteWords } from '@servonaut/plugin-sdk/host-facts';
import type { ServiceState } from './service-state-schema.ts';

/** A line, and nothing for what is not known. */
export function stateText(server: string, service: ServiceState): string {
  const { name, state, detail, enabled, pid, since, restarts, memory_bytes: memory, exit_code: exit } = service;
  const facts = [
    `${state}: ${detail}`,
    ...(since === null ? [] : [`since ${since}`]),
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(memory === null || pid === null ? [] : [`memory ${byteWords(memory)}`]),
    ...(restarts === null || restarts === 0 ? [] : [`started again ${restarts} times`]),
    ...(exit === null || exit === 0 ? [] : [`exit code ${exit}`]),
    ...(enabled === null ? [] : [enabled ? 'starts with the server' : 'does not start with the server']),
  ];
  return `${name} on ${server} is ${facts.join(', ')}`;
}
