import { commandResultSchema, requestIdSchema } from '@servonaut/contracts';
import { z } from 'zod';

const at = z.number();

/** One line of the journal: a request was taken, its result exists, or the coordinator has the result. */
const journalRecordSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), id: requestIdSchema, at, type: z.string() }),
  z.object({ event: z.literal('finished'), id: requestIdSchema, at, result: commandResultSchema }),
  z.object({ event: z.literal('delivered'), id: requestIdSchema, at }),
]);
export type JournalRecord = z.infer<typeof journalRecordSchema>;

/**
 * Records are written as line feed + JSON object. A record that was cut off is never valid JSON (no proper prefix of an object is), and the line
 * feed before the next one keeps it from spoiling that.
 */
export function readRecords(text: string): { records: JournalRecord[]; damaged: number } {
  const records: JournalRecord[] = [];
  let damaged = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = readRecord(line);
    if (record) records.push(record);
    else damaged += 1;
  }
  return { records, damaged };
}

function readRecord(line: string): JournalRecord | undefined {
  try {
    return journalRecordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
