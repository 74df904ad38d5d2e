import { z } from '@servonaut/plugin-sdk';

const processRowSchema = z.object({
  pid: z.int(),
  ppid: z.int(),
  user: z.string(),
  /** Of one processor: above 100 where several work for it. On Linux on average since it was started, on BSD lately. */
  cpu_percent: z.number().min(0),
  memory_bytes: z.number().min(0),
  /** The same, for reading. */
  memory: z.string(),
  /** Null where ps(1) does not tell. */
  elapsed_seconds: z.int().min(0).nullable(),
  elapsed: z.string().nullable(),
  /** As ps(1) writes it: R runs, S sleeps, D waits for a disk, Z has ended and nobody took note, T is stopped. */
  state: z.string(),
  command: z.string(),
  /** What the rows are ordered by: the share of the processor, or the bytes. */
  sort_value: z.number(),
});
export type ProcessRow = z.infer<typeof processRowSchema>;

export const processListSchema = z.object({
  processes: z.array(processRowSchema),
  /** How many fit the filter, and how many there are in all. */
  matching: z.int().min(0),
  total: z.int().min(0),
});
export type ProcessList = z.infer<typeof processListSchema>;
