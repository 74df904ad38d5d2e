import { defineTool, ServonautError, sh, z, type ExecResult } from '@servonaut/plugin-sdk';
import { parseDigest } from './file-digest.ts';
import { factsSchema, parseFacts } from './file-facts.ts';
import { refuseFault } from './path-faults.ts';
import { folderOf, plainPathSchema } from './path-input.ts';
import { previewOf } from './write-preview.ts';
import { writeScript } from './write-script.ts';

/** Characters; longer content belongs into a file that is transferred. */
const LONGEST_CONTENT = 262_144;

const writtenSchema = z.object({
  path: z.string(),
  created: z.boolean(),
  ...factsSchema.omit({ kind: true }).shape,
  /** Missing where the server has no program for it. */
  sha256: z.string().optional(),
});
type Written = z.output<typeof writtenSchema>;

export const writeFile = defineTool({
  name: 'write_file',
  title: 'Write a file',
  description:
    'Writes text into one file on one server: in place of what is there (mode replace, the default; a new file if there is none), as a new file (create), or at its end (append). Use it instead of echo, cat or sed in run_command: the content needs no quoting, others see the old file or the new one and never half of it, and owner and permissions stay. Read the file with read_file first, and give its sha256 as if_digest, so that nothing is written when somebody else has changed it meanwhile. Give the whole content; lines end with \\n, the last one too. The folder has to be there, and no part of the path may be a link. The operator may be asked, and is shown the difference. For files of more than 262,144 characters, and binary ones, use transfer_file.',
  target: 'server',
  effect: 'privileged',
  input: z.object({
    path: plainPathSchema.describe('Absolute path of the file, without links, . and .. in it.'),
    content: z.string().max(LONGEST_CONTENT).describe('All that is to be in the file, or with append what is added.'),
    mode: z.enum(['replace', 'create', 'append']).default('replace').describe('create refuses where there is a file.'),
    if_digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal digits')
      .optional()
      .describe('Write only if the file is the one with this SHA-256, as read_file gives it.'),
    permissions: z
      .string()
      .regex(/^0?[0-7]{3}$/, 'expected permissions such as 0644')
      .optional()
      .describe('Such as 0600. By default those of the file stay; a new one gets what the server gives.'),
    sudo: z.boolean().default(false).describe('Write as root by sudo. Works where the operator allows it.'),
  }),
  data: writtenSchema,
  cli: {
    stdin: 'content',
    examples: [
      '<%= config.bin %> write-file web-1 --path /srv/app/robots.txt --content - < robots.txt',
      '<%= config.bin %> write-file web-1 --path /etc/motd --content "Welcome" --mode create --sudo',
    ],
  },

  // What the script does with the path, in one command: the policy goes by where that is, and the script is held to it.
  commands: ({ path, mode, sudo }) => [
    { text: (mode === 'append' ? sh`tee -a -- ${path}` : sh`tee -- ${path}`).text, sudo, directory: folderOf(path) },
  ],

  preview: ({ if_digest: ifDigest, ...write }, context) => previewOf({ ...write, ifDigest }, context),

  async run({ path, content, mode, if_digest: ifDigest, permissions, sudo }, context) {
    const stdin = Buffer.from(content);
    const write = { path, mode, permissions, ifDigest, basis: context.basis, sudo, bytes: stdin.length };
    const exec = await context.exec(writeScript(write, crypto.randomUUID()), { stdin, sudo });
    refuseFault(exec, path, context.server.name);
    const data = { path, ...written(exec, path) };
    return { data, output: inWords(data, mode) };
  },
});

/** @throws ServonautError when the script has not come to its end */
function written(exec: ExecResult, path: string): Omit<Written, 'path'> {
  const [created, sum = '', line = ''] = exec.stdout.split('\n');
  const { kind: _, ...facts } = parseFacts(line) ?? { kind: 'other' };
  if (exec.timedOut) throw new ServonautError('timed_out');
  if (exec.exitCode !== 0 || !('size' in facts))
    throw new ServonautError('tool_failed', {
      message: `It is not known whether ${path} was written: ${exec.stderr.trim().slice(0, 500) || 'the script was ended'}`,
      nextStep: 'Look at it with read_file.',
    });
  const sha256 = parseDigest(sum);
  return { created: created === 'created yes', ...facts, ...(sha256 !== undefined && { sha256 }) };
}

function inWords({ path, created, size, mode, owner, group, sha256 }: Written, how: string): string {
  const did = created ? 'Created' : how === 'append' ? 'Added to' : 'Replaced';
  return `${did} ${path}: ${size} bytes, ${mode} ${owner}:${group}${sha256 === undefined ? '' : `, sha256 ${sha256}`}`;
}
