import { defineTool, ServonautError, z } from '@servonaut/plugin-sdk';
import { partsOf, type Shown } from './kept-stream.ts';
import { readMatches } from './matching-lines.ts';
import { readPage, readTail } from './page.ts';

/** Most bytes of one answer: what agents are shown of one call. */
const LONGEST_PAGE = 50_000;
const MOST_OFFSET = Number.MAX_SAFE_INTEGER;

const input = z.object({
  request_id: z.uuid().describe('The request_id of the answer whose output was long.'),
  stream: z.enum(['stdout', 'stderr']).default('stdout').describe('Which output of the command.'),
  offset: z
    .int()
    .min(0)
    .max(MOST_OFFSET)
    .optional()
    .describe(
      'Byte to read from, such as next_offset of the last page; with grep, matches from there on. 0 by default.',
    ),
  length: z.int().min(1).max(LONGEST_PAGE).default(20_000).describe('Most bytes of text in the answer.'),
  tail: z.int().min(1).max(10_000).optional().describe('The last so many lines instead, as far as length allows.'),
  grep: z
    .string()
    .min(1)
    .max(1_000)
    .regex(/^[^\n\r\0]*$/, 'expected one line')
    .optional()
    .describe('Only lines that contain this text (literally, no pattern), with their line numbers.'),
  context: z.int().min(0).max(20).default(0).describe('With grep: so many lines around each match.'),
  raw: z.boolean().default(false).describe('Leaves colours and other control characters in.'),
});

type Input = z.output<typeof input>;

export const readOutput = defineTool({
  name: 'read_output',
  title: 'Read long output',
  description:
    'Reads the rest of an output that was too long for its answer: page by page (offset, length), its last lines (tail) or the lines with some text (grep, with line numbers, over all of it). Use it when an answer says that it was truncated, instead of running the command again. Takes the server and the request_id of that answer; only your own requests can be read, for a day unless the operator has set it otherwise. Short outputs are not kept: their answers have all of it. Pages end at the end of a line where they can, and next_offset says where to read on.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input,
  data: z.object({
    text: z.string(),
    /** Of the first byte of `text`. */
    offset: z.int(),
    /** Null when there is nothing further. */
    next_offset: z.int().nullable(),
    /** Bytes that are kept, from the first one on. */
    kept_bytes: z.int(),
    /** Bytes that the command has written; null while it runs, or when that is not known. */
    written_bytes: z.int().nullable(),
    binary: z.boolean(),
    matches: z.int().optional(),
  }),
  cli: {
    examples: [
      '<%= config.bin %> read-output web-1 --request-id 0190a0a0-0000-7000-8000-000000000001 --tail 100',
      '<%= config.bin %> read-output web-1 --request-id 0190a0a0-0000-7000-8000-000000000001 --grep ERROR --context 2',
    ],
  },

  async run(asked, { outputs, signal }) {
    refuseBoth(asked);
    const { request_id: requestId, stream, offset = 0, length, tail, grep, context, raw } = asked;
    const read = partsOf(outputs, { requestId, stream });
    if (grep !== undefined) {
      const { matches, ...shown } = await readMatches(read, { text: grep, context, offset, length, raw }, signal);
      const title = `${matches === 0 ? 'No line' : matches === 1 ? '1 line' : `${matches} lines`} of ${stream} with ${JSON.stringify(grep)}`;
      return { output: inWords(title, shown), data: { ...asData(shown), matches } };
    }
    const shown =
      tail === undefined
        ? await readPage(read, { offset, length, raw })
        : await readTail(read, { lines: tail, length, raw });
    const end = shown.nextOffset ?? Math.max(shown.offset, shown.keptBytes);
    return { output: inWords(`${stream}, bytes ${shown.offset} to ${end}`, shown), data: asData(shown) };
  },
});

function refuseBoth({ tail, offset, grep }: Input): void {
  const other = offset !== undefined ? 'offset' : grep !== undefined ? 'grep' : undefined;
  if (tail === undefined || other === undefined) return;
  throw new ServonautError('invalid_request', { message: `Give tail or ${other}, not both.` });
}

function asData({ text, offset, nextOffset, keptBytes, writtenBytes, binary }: Shown) {
  return {
    text,
    offset,
    next_offset: nextOffset,
    kept_bytes: keptBytes,
    written_bytes: writtenBytes ?? null,
    binary,
  };
}

function inWords(title: string, { text, nextOffset, keptBytes, writtenBytes, binary }: Shown): string {
  const size = writtenBytes ?? keptBytes;
  const notes = [
    `${title}, of ${size} bytes${writtenBytes === undefined ? ' so far: the command has not ended, or that is not known' : ''}.`,
    ...(keptBytes < size ? [`Only the first ${keptBytes} are kept; the answer of the request has the end.`] : []),
    ...(binary ? ['They are binary and not shown.'] : []),
  ];
  const body = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const more = nextOffset === null ? 'There is no more.' : `There is more: offset ${nextOffset}.`;
  return `${notes.join(' ')}\n${body}[${more}]`;
}
