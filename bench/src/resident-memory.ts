import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const SAMPLE_MS = 250;
const STEADY_SAMPLES = 8;
const MAX_SAMPLES = 240;

/** Whether this machine tells the memory of a process (Linux's procfs). */
export const memoryIsTold = existsSync('/proc/self/status');

/** Bytes of a process that are in memory now (`VmRSS`, proc(5)). */
export function residentBytes(pid: number): number {
  return field(pid, 'VmRSS');
}

/** The most that it was (`VmHWM`) since it began or since `forgetPeak`. */
export function peakBytes(pid: number): number {
  return field(pid, 'VmHWM');
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Waits until it has stayed within 1 % for two seconds; at most a minute. @returns the last value */
export async function settledBytes(pid: number): Promise<number> {
  const samples: number[] = [];
  while (samples.length < MAX_SAMPLES) {
    samples.push(residentBytes(pid));
    const last = samples.slice(-STEADY_SAMPLES);
    if (last.length === STEADY_SAMPLES && Math.max(...last) <= 1.01 * Math.min(...last)) break;
    await delay(SAMPLE_MS);
  }
  return samples.at(-1) ?? 0;
}

function field(pid: number, name: string): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'));
  if (!line) throw new Error(`the kernel tells no ${name} of process ${pid}`);
  return Number(line[1]) * 1_024;
}
