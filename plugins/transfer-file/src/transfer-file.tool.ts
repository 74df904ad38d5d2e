import { posix } from 'node:path';
import { defineTool, ServonautError, z, type ToolContext } from '@servonaut/plugin-sdk';
import { alone } from './busy-files.ts';
import { localName } from './local-name.ts';
import { checkRoom, localSide, makeFolders, openTransferFolder } from './local-side.ts';
import { resumable } from './resumable.ts';
import { remoteSide } from './remote-side.ts';
import { transfer, type Transferred } from './transfer.ts';
import { transferText } from './transfer-text.ts';

const inputSchema = z.object({
  direction: z
    .enum(['download', 'upload'])
    .describe('download: from the server to the transfer folder. upload: from the transfer folder to the server.'),
  remote: z
    .string()
    .max(4_096)
    .startsWith('/', 'expected an absolute path')
    .refine(
      (path) => posix.normalize(path) === path && !path.endsWith('/'),
      'expected a path of a file without . and ..',
    )
    .describe('Absolute path of the file on the server, without "..", and without links on the way.'),
  local: z
    .string()
    .min(1)
    .max(1_024)
    .optional()
    .describe(
      'Name in the transfer folder. What is downloaded lies at SERVER/NAME, which is the default; an upload takes such a file, or one that the operator has put there, by its name alone.',
    ),
  overwrite: z.boolean().default(false).describe('Replace a file that is there and differs.'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected permissions such as 0644')
    .optional()
    .describe(
      'For an upload: permissions of the file, such as 0644. By default those of the file that it replaces, otherwise 0600.',
    ),
});
type Input = z.output<typeof inputSchema>;

export const transferFile = defineTool({
  name: 'transfer_file',
  title: 'Transfer a file',
  description:
    'Copies one file of any size between one server and the transfer folder on the operator’s machine, over SFTP. Use it for what is not to be read here: archives, dumps, builds, big logs; its content never passes through you. Use read_file and write_file for text that you want to see or write. A file gets from one server to another by two calls: a download from the one, then an upload to the other with local "FIRST_SERVER/NAME". The file appears whole or not at all, its SHA-256 is compared on both sides, and a call that was cut off or ran out of time is continued by the same call again: give timeout_seconds for big files (up to 3600). A file that is there and the same already is left as it is. Links are refused, folders too: pack a folder with tar first. It acts as the SSH user, never as root.',
  target: 'server',
  effect: 'mutating',
  effectOf: ({ direction }) => (direction === 'download' ? 'read-only' : 'mutating'),
  idempotent: true,
  input: inputSchema,
  data: z.object({
    direction: z.enum(['download', 'upload']),
    remote: z.string(),
    local: z.string(),
    /** Of the file. */
    bytes: z.int().min(0),
    /** Bytes that an earlier call had brought. */
    resumed_from: z.int().min(0),
    /** The same file was there already. */
    unchanged: z.boolean(),
    /** Of both sides; null where the server has no program for it, so that nothing was compared. */
    sha256: z.string().nullable(),
    duration_ms: z.int().min(0),
  }),
  cli: {
    examples: [
      '<%= config.bin %> transfer-file web-1 --direction download --remote /var/backups/db.sql.gz --timeout-seconds 1800',
      '<%= config.bin %> transfer-file web-1 --direction upload --local build.tar.gz --remote /srv/app/build.tar.gz --mode 0644',
    ],
  },

  async run(input, context) {
    const begun = performance.now();
    const { local, done } = await transferred(input, context);
    const durationMs = Math.round(performance.now() - begun);
    const { direction, remote } = input;
    const { bytes, resumedFrom, isUnchanged, sha256 = null } = done;
    const facts = { bytes, resumed_from: resumedFrom, unchanged: isUnchanged, sha256, duration_ms: durationMs };
    const data = { direction, remote, local, ...facts };
    return { output: transferText(context.server.name, data), data };
  },
});

async function transferred(input: Input, context: ToolContext): Promise<{ local: string; done: Transferred }> {
  const { direction, remote, overwrite, mode } = input;
  const isDownload = direction === 'download';
  if (isDownload && mode !== undefined)
    throw new ServonautError('invalid_request', {
      message: 'mode is for uploads: what is downloaded is the operator’s alone.',
    });
  const name = localName(input, context);
  const folder = await openTransferFolder(context.transferFolder);
  if (isDownload) await makeFolders(folder, name);
  const there = remoteSide(remote, context);
  const here = localSide(folder, name, context.signal);
  const [source, target] = isDownload ? [there, here] : [here, there];
  const done = await alone(target, () =>
    resumable(
      transfer(source, target, {
        overwrite,
        mode: mode === undefined ? undefined : parseInt(mode, 8),
        onProgress: (bytes, total) => context.progress({ text: direction, done: bytes, total, unit: 'bytes' }),
        onSize: async (bytes) => {
          if (isDownload) await checkRoom(folder, bytes);
        },
      }),
    ),
  );
  return { local: name, done };
}
