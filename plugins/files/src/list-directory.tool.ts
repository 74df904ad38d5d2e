import { defineTool, ServonautError, z, type ExecResult, type ToolContext } from '@servonaut/plugin-sdk';
import { entrySchema, parseEntries, type Entry } from './directory-entries.ts';
import { directoryScript } from './directory-script.ts';
import { Enough, stoppedByUs } from './enough.ts';
import { refuseFault } from './path-faults.ts';
import { pathSchema } from './path-input.ts';

const DEEPEST = 8;
const MOST = 1_000;
const SHOWN = 100;
/** Bytes of what find(1) prints that are looked at, of some 100 for each entry. */
const MOST_PRINTED = 8 * 1024 * 1024;

const listingSchema = z.object({
  path: z.string(),
  entries: z.array(entrySchema),
  /** How many were found and are not among `entries`. */
  left_out: z.int(),
  /** Why there may be more than were found: folders that may not be read, or too many entries. */
  incomplete: z.string().optional(),
});
type Listing = z.output<typeof listingSchema>;

export const listDirectory = defineTool({
  name: 'list_directory',
  title: 'List a directory',
  description:
    'Lists what is in one folder on one server, hidden entries too: name, kind (file, folder, link, other), size, mode, owner, group and time of change. Use it to find a file before read_file, or with sort to see the newest or largest files; with depth also what is in the folders below. Links are listed and not followed. Names with line ends or other characters that cannot be seen are written with escapes, and marked. It reads only, and only what the SSH user may read. To search by name or content over large trees use run_command with find or grep; for what takes the space on a disk use disk_usage.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    path: pathSchema.describe('Absolute path of the folder, such as /var/log.'),
    depth: z.int().min(1).max(DEEPEST).default(1).describe('1: what is in the folder; 2: also in the folders in it; …'),
    sort: z
      .enum(['name', 'size', 'modified'])
      .default('name')
      .describe('By name, the largest first, or the newest first.'),
    most: z.int().min(1).max(MOST).default(SHOWN).describe('How many entries to return; the rest is counted.'),
  }),
  data: listingSchema,
  cli: {
    examples: [
      '<%= config.bin %> list-directory web-1 --path /etc/nginx --depth 2',
      '<%= config.bin %> list-directory web-1 --path /var/log --sort size --most 10',
    ],
  },

  async run({ path: asked, depth, sort, most }, context) {
    const path = asked.replace(/(?<=.)\/+$/, '');
    const { entries, incomplete } = await found(path, depth, context);
    const shown = entries.toSorted(ORDERS[sort]).slice(0, most);
    const left = entries.length - shown.length;
    const data = { path, entries: shown, left_out: left, ...(incomplete !== undefined && { incomplete }) };
    return { data, output: inWords(data) };
  },
});

const byName = (one: Entry, other: Entry): number => (one.name < other.name ? -1 : Number(one.name > other.name));

const ORDERS = {
  name: byName,
  size: (one: Entry, other: Entry) => other.size - one.size || byName(one, other),
  modified: (one: Entry, other: Entry) => other.modified.localeCompare(one.modified) || byName(one, other),
} as const;

async function found(path: string, depth: number, context: ToolContext) {
  const mark = crypto.randomUUID();
  const printed: Uint8Array[] = [];
  let bytes = 0;
  const consume = (chunk: Uint8Array): void => {
    printed.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_PRINTED) throw new Enough();
  };
  const exec = await context.exec(directoryScript(path, depth, mark), { consume }).catch(stoppedByUs);
  if (exec) refuseFault(exec, path, context.server.name);
  const entries = parseEntries(Buffer.concat(printed), path, mark);
  return { entries, incomplete: whyIncomplete(exec, entries.length) };
}

/** @throws ServonautError when nothing at all was found out */
function whyIncomplete(exec: ExecResult | undefined, count: number): string | undefined {
  if (!exec) return `only the first ${count} that were found are looked at`;
  if (exec.timedOut) throw new ServonautError('timed_out');
  if (exec.exitCode === 0) return undefined;
  const [said = ''] = exec.stderr.trim().split('\n');
  if (count > 0) return said.slice(0, 300) || 'not all of it could be looked at';
  throw new ServonautError('tool_failed', { message: `It could not be listed: ${said.slice(0, 300)}` });
}

function inWords({ path, entries, left_out: left, incomplete }: Listing): string {
  const rows = entries.map(({ mode, owner, group, size, modified, ...entry }) => [
    mode,
    `${owner}:${group}`,
    String(size),
    modified.replace('.000Z', 'Z'),
    nameInWords(entry),
  ]);
  return [
    `${path}: ${entries.length === 0 ? 'empty' : `${entries.length} of ${entries.length + left} entries`}`,
    ...aligned(rows),
    ...(incomplete === undefined ? [] : [`[There may be more: ${incomplete}.]`]),
    ...(left > 0 ? [`[${left} left out: raise most, or list a folder in it.]`] : []),
  ].join('\n');
}

function nameInWords({ name, kind, escaped }: Pick<Entry, 'name' | 'kind' | 'escaped'>): string {
  const sign = kind === 'folder' ? '/' : kind === 'file' ? '' : ` (${kind})`;
  return `${name}${sign}${escaped ? ' (written with escapes)' : ''}`;
}

/** All columns as wide as their widest cell, but the last. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  '),
  );
}
