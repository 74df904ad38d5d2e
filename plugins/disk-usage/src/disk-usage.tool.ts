import { defineTool, sh, z, type ShellCommand } from '@servonaut/plugin-sdk';
import { allOutput } from '@servonaut/plugin-sdk/plain-output';
import { usageFault } from './usage-fault.ts';
import { parseDiskRows, diskRowSchema } from './disks.ts';
import { foldersSchema, parseFolders } from './folders.ts';
import { usageText } from './usage-text.ts';

export const diskUsage = defineTool({
  name: 'disk_usage',
  title: 'Disk usage',
  description:
    'Returns how full the disks of a server are, in bytes and in inodes (a disk without free inodes is full, too), the fullest first; with path also the biggest folders below it, on the same file system. Use it when a disk is full, or to see what would fit: first without path, then with the mount point of the full disk as path, then with the biggest folder in it. It reads only. Counting a large folder takes disk time of the server and stops after seconds; what was counted until then is shown and said to be incomplete. What the SSH user may not read is not counted. For single files use list_directory, or run_command with find.',
  target: 'server',
  effect: 'read-only',
  idempotent: true,
  input: z.object({
    path: z
      .string()
      .max(4_096)
      .startsWith('/', 'expected an absolute path')
      .optional()
      .describe('Absolute path of a folder: the biggest folders below it are shown as well.'),
    depth: z.int().min(1).max(5).default(1).describe('With path: how many levels of folders below it.'),
    most: z.int().min(1).max(500).default(20).describe('With path: how many of the biggest folders.'),
    seconds: z
      .int()
      .min(1)
      .max(600)
      .default(20)
      .describe('With path: after how long counting stops. Keep it below timeout_seconds.'),
  }),
  data: z.object({ disks: z.array(diskRowSchema), folders: foldersSchema.optional() }),
  combine: {
    rows: 'disks',
    order: [{ by: 'used_percent', direction: 'descending' }],
    columns: ['mount', 'used_percent', 'inodes_percent', 'used', 'size'],
  },
  cli: {
    examples: [
      '<%= config.bin %> disk-usage web-1',
      '<%= config.bin %> disk-usage web-1 --path /var --depth 2',
      "<%= config.bin %> disk-usage 'db-*'",
    ],
  },

  async run(input, context) {
    const { exec, stdout } = await allOutput(context, script(input));
    const fault = usageFault(exec, input.path ?? '', context.server.name);
    if (fault) throw fault;
    if (exec.exitCode !== 0 && !exec.timedOut) return { exec };
    const data = {
      disks: parseDiskRows(stdout),
      ...(input.path !== undefined && { folders: parseFolders({ ...exec, stdout }, input.most) }),
    };
    return { output: usageText(data), data };
  },
});

/** What du(1) ends with goes to stderr, since sort(1) would move it; one line more than wanted tells whether there are more. */
function script({ path, depth, most, seconds }: z.output<typeof diskUsage.input>): ShellCommand {
  if (path === undefined) return DISKS_SCRIPT;
  return sh`path=${path}
[ -e "$path" ] || exit 81
[ -d "$path" ] || exit 82
${DISKS_SCRIPT}
echo '[folders]'
{ if timeout 1 true >/dev/null 2>&1; then timeout ${seconds} du -xk -d ${depth} -- "$path"; else du -xk -d ${depth} -- "$path"; fi 2>/dev/null; echo "[du $?]" >&2; } | sort -rn | head -n ${most + 1}`;
}

/** Local disks where df(1) can tell: a network one whose server is gone would hold it. */
const DISKS_SCRIPT = sh`LC_ALL=C; export LC_ALL
echo '[disks]'
if df -Pkl / >/dev/null 2>&1; then df -Pkl 2>/dev/null; else df -Pk 2>/dev/null; fi
echo '[inodes]'
if [ "$(uname -s)" != Linux ]; then df -kil 2>/dev/null
elif df -Pil / >/dev/null 2>&1; then df -Pil 2>/dev/null
else df -Pi 2>/dev/null; fi
true`;
