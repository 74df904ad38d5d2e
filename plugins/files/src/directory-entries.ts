import { z } from '@servonaut/plugin-sdk';
import { factsSchema, parseFacts } from './file-facts.ts';

export const entrySchema = factsSchema.extend({
  /** From the folder that was asked for on: `a`, and `a/b` below it. */
  name: z.string(),
  /** Whether `name` is not the name as it is, but written with `\\x0a` for each byte that is no printable ASCII, and `\\x5c` for a backslash. */
  escaped: z.boolean(),
});
export type Entry = z.infer<typeof entrySchema>;

const FIELDS = 8;
const [LINE_FEED, SLASH, BAR] = [0x0a, 0x2f, 0x7c];
/** What steers a terminal, cannot be seen, or changes the order of what is around it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/**
 * The entries in what the script has printed; a last one that was cut off is left out.
 * @param path of the folder, as the script was given it
 */
export function parseEntries(printed: Buffer, path: string, mark: string): Entry[] {
  const entries: Entry[] = [];
  for (let at = printed.indexOf(mark); at >= 0;) {
    const start = at + mark.length;
    at = printed.indexOf(mark, start);
    const record = printed.subarray(start, at < 0 ? printed.length : at);
    const entry = record.at(-1) === LINE_FEED ? parseEntry(record.subarray(0, -1), path) : undefined;
    if (entry) entries.push(entry);
  }
  return entries;
}

function parseEntry(record: Buffer, path: string): Entry | undefined {
  let bar = -1;
  for (let field = 0; field < FIELDS; field++) bar = record.indexOf(BAR, bar + 1);
  const facts = parseFacts(record.subarray(0, bar).toString());
  const name = record.subarray(bar + 1 + Buffer.byteLength(path));
  return facts && { ...facts, ...shownName(name[0] === SLASH ? name.subarray(1) : name) };
}

function shownName(bytes: Buffer): Pick<Entry, 'name' | 'escaped'> {
  const text = bytes.toString('utf8');
  if (!UNSEEN.test(text) && Buffer.from(text).equals(bytes)) return { name: text, escaped: false };
  const name = bytes
    .toString('latin1')
    .replaceAll(/[^ -~]|\\/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return { name, escaped: true };
}
