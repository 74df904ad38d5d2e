import { sh, z, type ShellCommand } from '@servonaut/plugin-sdk';

export const factsSchema = z.object({
  kind: z.enum(['file', 'folder', 'link', 'other']),
  /** In bytes. */
  size: z.int().min(0),
  /** In octal digits, such as `0644`. */
  mode: z.string(),
  modified: z.iso.datetime(),
  /** By name, or by number where that has none. */
  owner: z.string(),
  group: z.string(),
});
export type Facts = z.infer<typeof factsSchema>;

/** Formats of stat(1) for the same facts: `-c` of GNU and busybox, and `-f` of BSD, which has no `-c`. No field can hold a bar. */
export const STAT_FORMATS = { gnu: '%F|%s|%a|%Y|%U|%u|%G|%g', bsd: '%HT|%z|%Mp%Lp|%m|%Su|%u|%Sg|%g' } as const;

/** Prints one line about the file to which a path leads. */
export function factsOf(path: string): ShellCommand {
  const { gnu, bsd } = STAT_FORMATS;
  return sh`stat -L -c ${gnu} -- ${path} 2>/dev/null || stat -L -f ${bsd} -- ${path}`;
}

/** Undefined for what no stat(1) prints. */
export function parseFacts(line: string): Facts | undefined {
  const [kind = '', size, mode = '', modified, user = '', uid = '', group = '', gid = ''] = line.split('|');
  if (!/^\d+$/.test(gid)) return undefined;
  return {
    kind: kindOf(kind.toLowerCase()),
    size: Number(size),
    mode: mode.padStart(4, '0'),
    modified: new Date(Number(modified) * 1_000).toISOString(),
    owner: named(user, uid),
    group: named(group, gid),
  };
}

/** GNU and busybox say `regular empty file`, BSD `Regular File`. */
function kindOf(words: string): Facts['kind'] {
  if (words.startsWith('regular')) return 'file';
  if (words === 'directory') return 'folder';
  return words === 'symbolic link' ? 'link' : 'other';
}

function named(name: string, id: string): string {
  return name === '' || name === 'UNKNOWN' ? id : name;
}
