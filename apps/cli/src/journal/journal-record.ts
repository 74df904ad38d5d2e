import { executorIdSchema, requestIdSchema } from '@servonaut/contracts';
import { z } from 'zod';
import { readLines } from './journal-line.ts';

const at = z.number();

/** One line of the journal. Times are milliseconds since the epoch, by this machine's clock. */
const journalRecordSchema = z.discriminatedUnion('event', [
  /** Stands first. `doubtfulSince`: when it last was opened and may have lacked something. */
  z.object({ event: z.literal('opened'), at, boot: z.string().nullable(), doubtfulSince: at.nullable() }),
  z.object({
    event: z.literal('started'),
    id: requestIdSchema,
    at,
    executorId: executorIdSchema,
    tool: z.string(),
    server: z.string().nullable(),
  }),
  /** The result is the coordinator's to check: one that another version of us has written is no less a result. */
  z.object({ event: z.literal('finished'), id: requestIdSchema, at, result: z.record(z.string(), z.unknown()) }),
  /** The coordinator has the result, or never will. */
  z.object({ event: z.literal('delivered'), id: requestIdSchema, at }),
]);
export type JournalRecord = z.infer<typeof journalRecordSchema>;

/** Never throws. `damaged` counts the lines that are no records. */
export function readRecords(bytes: Buffer): { records: JournalRecord[]; damaged: number } {
  const records: JournalRecord[] = [];
  let damaged = 0;
  for (const json of readLines(bytes)) {
    const record = json === undefined ? undefined : readRecord(json);
    if (record) records.push(record);
    else damaged += 1;
  }
  return { records, damaged };
}

function readRecord(json: string): JournalRecord | undefined {
  try {
    return journalRecordSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** The result is spliced in as it will be posted: it may be megabytes, and is turned into JSON only once. */
export function finishedJson(id: string, finishedAt: number, result: string): string {
  return `{"event":"finished","id":"${id}","at":${finishedAt},"result":${result}}`;
}
