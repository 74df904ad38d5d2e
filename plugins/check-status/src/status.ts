import { z, type ExecResult } from '@servonaut/plugin-sdk';
import { diskSchema, hostFactsSchema, parseHostFacts, sectionsOf } from '@servonaut/plugin-sdk/host-facts';

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
  /** Null where systemd does not run. */
  failed_units: z
    .object({ count: z.int().min(0), names: z.array(z.string()) })
    .nullable()
    .optional(),
  full_disks: z.array(diskSchema).optional(),
});
export type Status = z.infer<typeof statusSchema>;

/** What the status script's result says. A server that takes the connection and then does not answer is not reachable either. */
export function parseStatus(exec: ExecResult): Status {
  if (exec.timedOut)
    return unreachable(
      'timed_out',
      'The server accepted the connection and did not answer in time. It may be overloaded.',
    );
  if (exec.exitCode !== 0)
    return unreachable(
      'tool_failed',
      `The server accepted the connection and could not run a shell: ${exec.stderr.trim() || `exit code ${exec.exitCode}`}`,
    );
  const { load, cpus, uptime_seconds, disks } = parseHostFacts(exec.stdout);
  return {
    reachable: true,
    latency_ms: Math.round(exec.durationMs),
    connect_ms: Math.round(exec.timings['connect'] ?? 0),
    load,
    cpus,
    uptime_seconds,
    failed_units: failedUnits(exec.stdout),
    full_disks: disks.filter((disk) => disk.used_percent >= FULL_DISK_PERCENT),
  };
}

export function unreachable(reason: string, message: string): Status {
  return { reachable: false, reason, message };
}

function failedUnits(stdout: string): { count: number; names: string[] } | null {
  const units = sectionsOf(stdout).get('systemd');
  return units ? { count: units.length, names: units.slice(0, MOST_UNITS) } : null;
}
