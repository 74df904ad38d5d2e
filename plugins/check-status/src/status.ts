import { z } from '@servonaut/plugin-sdk';
import { diskSchema, hostFactsSchema, type HostStatus } from '@servonaut/plugin-sdk/host-facts';

/** Per cent of a disk in use from which it is worth a word. */
const FULL_DISK_PERCENT = 90;

/** Names of failed units shown; a server with more has one reason for all of them. */
const MOST_UNITS = 20;

export const statusSchema = z.object({
  reachable: z.boolean(),
  /** Why not, as an error code, and in words with what to do about it. */
  reason: z.string().optional(),
  message: z.string().optional(),
  /** From the call to the answer of the server, a new connection included. */
  latency_ms: z.number().optional(),
  /** The part of it that connecting took; 0 when a connection was open. */
  connect_ms: z.number().optional(),
  load: hostFactsSchema.shape.load.optional(),
  cpus: hostFactsSchema.shape.cpus.optional(),
  uptime_seconds: hostFactsSchema.shape.uptime_seconds.optional(),
  /** Null where neither systemd nor OpenRC runs. */
  failed_units: z
    .object({ count: z.int().min(0), names: z.array(z.string()) })
    .nullable()
    .optional(),
  full_disks: z.array(diskSchema).optional(),
});
export type Status = z.infer<typeof statusSchema>;

/** What is worth a word of how a server is. */
export function statusOf(host: HostStatus): Status {
  if (!host.reachable) return { reachable: false, reason: host.reason, message: host.message };
  const { load, cpus, uptime_seconds, disks } = host.facts;
  return {
    reachable: true,
    latency_ms: host.latencyMs,
    connect_ms: host.connectMs,
    load,
    cpus,
    uptime_seconds,
    failed_units: host.failedUnits && { count: host.failedUnits.length, names: host.failedUnits.slice(0, MOST_UNITS) },
    full_disks: disks.filter((disk) => disk.used_percent >= FULL_DISK_PERCENT),
  };
}
