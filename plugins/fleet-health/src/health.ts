import { z } from '@servonaut/plugin-sdk';
import { durationWords, hostFactsSchema, type HostFacts, type HostStatus } from '@servonaut/plugin-sdk/host-facts';
import { scoreOf, troublesOf, type Figures } from './score.ts';

const percent = z.int().min(0).nullable();

/** One row. Null is what the server does not tell. */
export const healthSchema = z.object({
  reachable: z.boolean(),
  /** From 0, cannot be reached, to 100, nothing is short. */
  score: z.int().min(0).max(100),
  /** Over the last 5 minutes, for each processor. */
  load_per_core: z.number().min(0).nullable(),
  memory_percent: percent,
  swap_percent: percent,
  /** Of the fullest disk. */
  disk_percent: percent,
  failed_units: z.int().min(0).nullable(),
  uptime_seconds: hostFactsSchema.shape.uptime_seconds,
  uptime: z.string().nullable(),
  /** Why not, as an error code, where it cannot be reached. */
  reason: z.string().optional(),
  /** What takes from the score, in words; empty where nothing does. */
  troubles: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

export function healthOf(host: HostStatus): Health {
  if (!host.reachable) return unreached(host.reason, host.message);
  const figures = figuresOf(host.facts, host.failedUnits);
  const uptime = host.facts.uptime_seconds;
  return {
    reachable: true,
    score: scoreOf(figures),
    load_per_core: figures.loadPerCore,
    memory_percent: figures.memoryPercent,
    swap_percent: figures.swapPercent,
    disk_percent: figures.disk?.used_percent ?? null,
    failed_units: figures.failedUnits?.length ?? null,
    uptime_seconds: uptime,
    uptime: uptime === null ? null : durationWords(uptime),
    troubles: troublesOf(figures).join('; '),
  };
}

function unreached(reason: string, message: string): Health {
  const unknown = { load_per_core: null, memory_percent: null, swap_percent: null, disk_percent: null };
  return {
    reachable: false,
    score: 0,
    ...unknown,
    failed_units: null,
    uptime_seconds: null,
    uptime: null,
    reason,
    troubles: `not reachable (${reason}): ${message}`,
  };
}

function figuresOf({ load, cpus, memory, swap, disks }: HostFacts, failedUnits: Figures['failedUnits']): Figures {
  const available = memory?.available_bytes ?? null;
  return {
    loadPerCore: load && cpus ? Math.round((100 * load[1]) / cpus) / 100 : null,
    memoryPercent: memory && available !== null ? shareOf(memory.total_bytes - available, memory.total_bytes) : null,
    swapPercent: swap && shareOf(swap.total_bytes - swap.free_bytes, swap.total_bytes),
    disk: disks.toSorted((one, other) => other.used_percent - one.used_percent)[0] ?? null,
    failedUnits,
  };
}

/** A server without swap has used none of it. */
function shareOf(taken: number, total: number): number {
  return total === 0 ? 0 : Math.max(0, Math.round((100 * taken) / total));
}
