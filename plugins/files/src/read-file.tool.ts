import { defineTool, ServonautError, z, type ToolContext } from '@servonaut/plugin-sdk';
import { factsSchema } from './file-facts.ts';
import { pageOf } from './file-page.ts';
import { readWindow, type FileWindow } from './file-window.ts';
import { pathSchema } from './path-input.ts';
import { shownContent } from './shown-content.ts';

/** Bytes of text of one answer: what agents are shown of one call. */
const LONGEST_TEXT = 50_000;
/** Bytes of a binary file: as base64 they fill one answer. */
const LARGEST_BINARY = 32_768;
const MOST_LINES = 5_000;
const LINES = 500;

const readSchema = z.object({
  path: z.string(),
  ...factsSchema.omit({ kind: true }).shape,
  /** Of all of the file; missing for one over 16 MiB, and where the server has no program for it. */
  sha256: z.string().optional(),
  /** Null for a binary file that is not shown. */
  encoding: z.enum(['utf-8', 'base64']).nullable(),
  content: z.string().nullable(),
  /** Whether control characters were left out of `content`, or bytes that are no UTF-8 replaced. */
  altered: z.boolean(),
  from_line: z.int(),
  /** Null when there is nothing further. */
  next_line: z.int().nullable(),
  /** Whether the last line was too long to be shown to its end. */
  line_cut: z.boolean(),
});
type Read = z.output<typeof readSchema>;

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  description:
    'Returns what is in one file on one server, as text, with its size, mode, owner, time of change and SHA-256. Use it to look at configuration, scripts and other text, and before write_file: give that the sha256 from here as if_digest. Of a long file it returns lines lines from from_line on, at most 50,000 bytes, and says in next_line where to read on. A binary file is described and not shown; up to 32 KiB of one come with encoding base64 (text is returned as text all the same). It reads only, and only what the SSH user may read. For logs use get_logs, which starts at the end and filters; to move large or binary files use transfer_file.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    path: pathSchema.describe('Absolute path of the file, such as /etc/nginx/nginx.conf. Links are followed.'),
    from_line: z.int().min(1).max(Number.MAX_SAFE_INTEGER).default(1).describe('First line to return; 1 is the first.'),
    lines: z.int().min(1).max(MOST_LINES).default(LINES).describe('How many lines.'),
    encoding: z
      .enum(['utf-8', 'base64'])
      .default('utf-8')
      .describe('base64: for a binary file of up to 32 KiB, all of it, whatever from_line and lines say.'),
  }),
  data: readSchema,
  cli: {
    examples: [
      '<%= config.bin %> read-file web-1 --path /etc/nginx/nginx.conf',
      '<%= config.bin %> read-file web-1 --path /etc/services --from-line 100 --lines 20',
    ],
  },

  async run({ path, from_line: fromLine, lines, encoding }, context) {
    const wantsBase64 = encoding === 'base64';
    const { facts, digest, page } = await readPart({ path, fromLine, lines, wantsBase64 }, context);
    const shown = shownContent(page.bytes, wantsBase64, page.isLineCut);
    const { kind: _, ...rest } = facts;
    const data = {
      path,
      ...rest,
      ...(digest !== undefined && { sha256: digest }),
      ...shown,
      from_line: wantsBase64 ? 1 : fromLine,
      next_line: shown.content === null ? null : page.nextLine,
      line_cut: page.isLineCut,
    };
    return { data, output: inWords(data) };
  },
});

interface Part {
  readonly path: string;
  readonly fromLine: number;
  readonly lines: number;
  readonly wantsBase64: boolean;
}

async function readPart({ path, fromLine, lines, wantsBase64 }: Part, context: ToolContext) {
  if (!wantsBase64) {
    // One line more, by which it is known that there is more.
    const window = await readWindow({ path, fromLine, lines: lines + 1, mostBytes: LONGEST_TEXT }, context);
    return { ...window, page: pageOf(window, fromLine, lines) };
  }
  const window = await readWindow({ path, fromLine: 1, lines: undefined, mostBytes: LARGEST_BINARY }, context);
  if (window.isCut) throw tooLarge(path, window);
  return { ...window, page: { bytes: window.bytes, nextLine: null, isLineCut: false } };
}

function tooLarge(path: string, { facts }: FileWindow): ServonautError {
  return new ServonautError('invalid_request', {
    message: `${path} has ${facts.size} bytes; at most ${LARGEST_BINARY} are returned as base64.`,
    nextStep: 'Use transfer_file to get it as a file, or leave encoding out if it is text.',
  });
}

function inWords(read: Read): string {
  const { path, size, mode, owner, group, modified, sha256, content, encoding } = read;
  const title = `${path}: ${size} bytes, ${mode} ${owner}:${group}, changed ${modified}${sha256 ? `, sha256 ${sha256}` : ''}`;
  if (content === null) return `${title}\nIt is binary and not shown.`;
  const body = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  return [`${title}${encoding === 'base64' ? ', as base64' : ''}\n${body}`, ...notes(read)].join('');
}

function notes({ altered, content, from_line: from, next_line: next, line_cut: isLineCut }: Read): string[] {
  return [
    ...(altered ? ['[Not to the byte what is in the file: control characters are left out.]'] : []),
    ...(isLineCut ? [`[Line ${from} is longer than what is shown of it.]`] : []),
    ...(next === null ? [] : [`[There is more: from_line ${next}.]`]),
    ...(content === '' ? [from === 1 ? '[It is empty.]' : `[It has no line ${from}.]`] : []),
  ];
}
