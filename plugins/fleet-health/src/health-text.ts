import type { Health } from './health.ts';

/** One server in two lines: what it has, and what is wrong with it. */
export function healthText(server: string, health: Health): string {
  if (!health.reachable) return `${server}: score 0 of 100, ${health.troubles}`;
  const facts = [
    `score ${health.score} of 100`,
    ...worded(health.load_per_core, (load) => `load ${load} per core`),
    ...worded(health.memory_percent, (percent) => `memory ${percent} %`),
    ...worded(health.swap_percent, (percent) => `swap ${percent} %`),
    ...worded(health.disk_percent, (percent) => `fullest disk ${percent} %`),
    ...worded(health.failed_units, (count) => `failed units ${count}`),
    ...worded(health.uptime, (uptime) => `up ${uptime}`),
  ];
  return [`${server}: ${facts.join(', ')}`, ...(health.troubles === '' ? [] : [health.troubles])].join('\n');
}

function worded<Value>(value: Value | null, words: (value: Value) => string): string[] {
  return value === null ? [] : [words(value)];
}
