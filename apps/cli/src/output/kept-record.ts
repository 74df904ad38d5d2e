import { z } from 'zod';
import type { Caller } from '../policy/caller.ts';

/** What is on disk beside the output of a request: whose it is, and how much there was of it once it has ended. */
export const keptRecordSchema = z.object({
  server: z.string(),
  /** Null for the operator. */
  principal: z.object({ kind: z.string(), id: z.string() }).nullable(),
  /** When it began, in milliseconds since the epoch. */
  at: z.number(),
  /** Bytes that the command has written. */
  written: z.object({ stdout: z.number(), stderr: z.number() }).optional(),
});
export type KeptRecord = z.infer<typeof keptRecordSchema>;

/** Who calls, and on which server; `principal` is undefined for the operator. */
export interface OutputCaller {
  readonly principal: Pick<Caller, 'kind' | 'id'> | undefined;
  readonly server: string;
}

/** Output is for whoever made the request, by the same way to the same server. The operator may read all that is kept of it. */
export function mayRead(record: KeptRecord, { principal, server }: OutputCaller): boolean {
  if (record.server !== server) return false;
  if (principal === undefined) return true;
  return record.principal?.kind === principal.kind && record.principal.id === principal.id;
}
