import { rawShell, sh, type ShellCommand } from '@servonaut/plugin-sdk';
import { digestOf, LARGEST_WHOLE } from './file-digest.ts';
import { factsOf } from './file-facts.ts';
import { withoutLinks } from './path-faults.ts';
import { folderOf, stepsTo } from './path-input.ts';

const NOTHING = sh`:`;

/** As a basis: there was no file. */
export const ABSENT = 'absent';

export interface FileWrite {
  readonly path: string;
  readonly mode: 'create' | 'replace' | 'append';
  /** In octal digits. */
  readonly permissions?: string | undefined;
  /** SHA-256 of the file as its writer knows it. */
  readonly ifDigest?: string | undefined;
  /** What the operator has seen there: its SHA-256, or `ABSENT`. */
  readonly basis?: string | undefined;
  /** As root. */
  readonly sudo: boolean;
  /** How many bytes come over stdin. */
  readonly bytes: number;
}

/**
 * Puts what it reads from stdin in place of a file, or behind what is in it, in one step: a copy beside it is written and gets its name. Owner and
 * permissions stay. Prints whether it has created the file, the digest, and the facts.
 * @param tag of the names of the copies: random, since anybody may have put links there where others may write, too
 */
export function writeScript(write: FileWrite, tag: string): ShellCommand {
  const { path, mode, permissions, bytes } = write;
  const [given, copy] = ['given', 'copy'].map((what) => besides(path, `.servonaut-${tag}-${what}`)) as [string, string];
  return sh`LC_ALL=C; export LC_ALL
sweep() { rm -f -- ${given} ${copy}; }
trap sweep EXIT
trap 'exit 143' HUP INT TERM
${withoutLinks(path)}
${write.sudo ? ofRootAlone(path) : NOTHING}
(umask 077; cat > ${given}) || exit 94
size=$(wc -c < ${given})
[ "$size" -eq ${bytes} ] || exit 92
if [ -e ${path} ]; then
created=no
${mode === 'create' ? sh`exit 89` : copyOf(write, copy)}
else
created=yes
${newFile(write, copy)}
fi
${permissions === undefined ? NOTHING : sh`chmod ${permissions} ${copy} || exit 94`}
cat -- ${given} ${mode === 'append' ? rawShell('>>') : rawShell('>')} ${copy} || exit 94
sync ${copy} 2>/dev/null
echo "created $created"
sum=$(${digestOf(copy)})
echo "sum $sum"
${mode === 'create' ? linked(copy, path) : sh`mv -f -- ${copy} ${path} || exit 94`}
sync ${folderOf(path)} 2>/dev/null
${factsOf(path)}`;
}

/** Whoever may change a folder on the way can put a link in place of the copies while the content is awaited, and root would write where it leads. */
function ofRootAlone(path: string): ShellCommand {
  const checks = ['/', ...stepsTo(path).slice(0, -1)].map(
    (folder) =>
      sh`seen=$(ls -ldn -- ${folder} | awk 'NR == 1 { print $1, $3 }')
case "$seen" in d????-??-?*' 0') ;; *) printf '%s\n' ${folder} >&2; exit 96 ;; esac`.text,
  );
  return rawShell(checks.join('\n'));
}

/** A copy with the owner and the permissions of the file, of which it is made sure that it is the one that was seen. */
function copyOf({ path, ifDigest, basis }: FileWrite, copy: string): ShellCommand {
  return sh`[ ! -d ${path} ] || exit 82
[ -f ${path} ] || exit 83
[ -r ${path} ] || exit 84
size=$(wc -c < ${path})
[ "$size" -le ${LARGEST_WHOLE} ] || exit 93
cp -pP -- ${path} ${copy} || exit 94
[ ! -h ${copy} ] && [ -f ${copy} ] || exit 94
before=$(${rights(path)})
after=$(${rights(copy)})
[ "$before" = "$after" ] || exit 95
${basis === undefined ? NOTHING : sameAs(copy, basis, sh`exit 91`)}
${ifDigest === undefined ? NOTHING : sameAs(copy, ifDigest, sh`exit 90`)}`;
}

/** With the permissions that the server gives to new files. */
function newFile({ ifDigest, basis }: FileWrite, copy: string): ShellCommand {
  if (basis !== undefined && basis !== ABSENT) return sh`exit 91`;
  return ifDigest === undefined ? sh`: > ${copy} || exit 94` : sh`exit 90`;
}

/** Of what ls(1) prints: permissions with the sign of an access list, user and group. */
function rights(path: string): ShellCommand {
  return sh`ls -ldn -- ${path} | awk 'NR == 1 { print $1, $3, $4 }'`;
}

function sameAs(path: string, digest: string, otherwise: ShellCommand): ShellCommand {
  return sh`sum=$(${digestOf(path)})
case "$sum" in *${digest}*) ;; *) ${otherwise} ;; esac`;
}

/** Under its new name only where nothing has that, in one step, which mv cannot. */
function linked(from: string, to: string): ShellCommand {
  return sh`ln -- ${from} ${to} || { [ -e ${to} ] && exit 89; exit 94; }`;
}

function besides(path: string, name: string): string {
  return `${folderOf(path).replace(/\/$/, '')}/${name}`;
}
