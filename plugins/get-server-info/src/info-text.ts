import { byteWords, durationWords, type Disk, type HostFacts } from '@servonaut/plugin-sdk/host-facts';

/** The figures as a reader wants them: a line for each thing, nothing for what the server did not tell. */
export function infoText(server: string, facts: HostFacts): string {
  const { os, kernel, arch, uptime_seconds: uptime, users_logged_in: users } = facts;
  const identity = [os, kernel, arch, uptime === null ? null : `up ${durationWords(uptime)}`].filter(
    (part) => part !== null,
  );
  return [
    `${server}: ${identity.join(', ')}`,
    ...cpuLines(facts),
    ...memoryLines(facts),
    ...facts.disks.map(diskLine),
    ...(users === null ? [] : [`users logged in: ${users}`]),
  ].join('\n');
}

function cpuLines({ cpus, load }: HostFacts): string[] {
  const parts = [cpus === null ? null : `cpus: ${cpus}`, load === null ? null : `load: ${load.join(' ')}`].filter(
    (part) => part !== null,
  );
  return parts.length === 0 ? [] : [parts.join(', ')];
}

function memoryLines({ memory, swap }: HostFacts): string[] {
  return [
    ...(memory === null
      ? []
      : [
          `memory: ${memory.available_bytes === null ? byteWords(memory.total_bytes) : used(memory.total_bytes - memory.available_bytes, memory.total_bytes)}`,
        ]),
    ...(swap === null
      ? []
      : [`swap: ${swap.total_bytes === 0 ? 'none' : used(swap.total_bytes - swap.free_bytes, swap.total_bytes)}`]),
  ];
}

function diskLine({ mount, size_bytes: size, used_bytes: taken, used_percent: percent }: Disk): string {
  return `disk ${mount}: ${byteWords(taken)} of ${byteWords(size)} used (${percent} %)`;
}

function used(taken: number, total: number): string {
  return `${byteWords(taken)} of ${byteWords(total)} used (${Math.round((100 * taken) / total)} %)`;
}
