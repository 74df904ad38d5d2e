import { durationWords } from '@servonaut/plugin-sdk/host-facts';
import type { Status } from './status.ts';

/** The verdict first, then what is wrong; a healthy server takes one line. */
export function statusText(server: string, status: Status): string {
  if (!status.reachable) return `${server}: not reachable (${status.reason}). ${status.message}`;
  const facts = [
    `reachable in ${status.latency_ms} ms`,
    ...(status.load ? [`load ${status.load.join(' ')}${status.cpus ? ` on ${status.cpus} cpus` : ''}`] : []),
    ...(typeof status.uptime_seconds === 'number' ? [`up ${durationWords(status.uptime_seconds)}`] : []),
  ];
  return [`${server}: ${facts.join(', ')}`, ...troubles(status)].join('\n');
}

function troubles({ failed_units: units, full_disks: disks = [] }: Status): string[] {
  return [
    ...(units && units.count > 0 ? [`failed units (${units.count}): ${units.names.join(', ')}`] : []),
    ...disks.map(({ mount, used_percent: percent }) => `disk ${mount} is ${percent} % full`),
  ];
}
