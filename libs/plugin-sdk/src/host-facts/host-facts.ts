import { z } from 'zod';

const bytes = z.int().min(0);

/** A mounted file system that holds data. */
export const diskSchema = z.object({
  mount: z.string(),
  size_bytes: bytes,
  used_bytes: bytes,
  /** As df(1) rounds it: of what ordinary users may fill. */
  used_percent: z.int().min(0),
});
export type Disk = z.infer<typeof diskSchema>;

/** What a server says of itself. Null where its system does not tell. */
export const hostFactsSchema = z.object({
  os: z.string().nullable(),
  kernel: z.string().nullable(),
  arch: z.string().nullable(),
  cpus: z.int().nullable(),
  /** Load averages over 1, 5 and 15 minutes. */
  load: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  memory: z.object({ total_bytes: bytes, available_bytes: bytes.nullable() }).nullable(),
  swap: z.object({ total_bytes: bytes, free_bytes: bytes }).nullable(),
  disks: z.array(diskSchema),
  uptime_seconds: z.int().min(0).nullable(),
  users_logged_in: z.int().min(0).nullable(),
});
export type HostFacts = z.infer<typeof hostFactsSchema>;
