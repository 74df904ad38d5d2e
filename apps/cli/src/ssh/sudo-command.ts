import { randomBytes } from 'node:crypto';
import { quote } from '@servonaut/contracts';
import { checkedLine, requestMark } from './remote-command.ts';
import type { LoginShell } from './ssh-connection.ts';

/** Where sudo is. Not looked for in PATH, which whoever may write to the account's start-up files decides. */
const PLACES = ['/usr/bin/sudo', '/bin/sudo', '/usr/local/bin/sudo', '/run/wrappers/bin/sudo'];

/** What tells sudo asking for a password, and the command having started, from all that others could have printed. */
export interface SudoWords {
  readonly prompt: string;
  readonly start: string;
}

export function newSudoWords(): SudoWords {
  const word = (name: string) => `servonaut-${name}-${randomBytes(16).toString('hex')}`;
  return { prompt: word('password'), start: word('start') };
}

/**
 * The command line that has root's `/bin/sh` run `command`, marked as of a request, if of any: sudo gives the environment to nobody. sudo reads a password
 * from stdin when it has printed the prompt to stderr; the shell prints the start word there before anything else.
 * @throws ServonautError `payload_too_large`
 */
export function sudoCommand(
  requestId: string | undefined,
  command: string,
  stdin: 'empty' | 'given',
  shell: LoginShell,
  { prompt, start }: SudoWords,
): string {
  const mark = requestId === undefined ? '' : `export ${requestMark(requestId)};`;
  const inner = `${mark} echo ${start} >&2;${stdin === 'empty' ? ' exec </dev/null || exit;' : ''} ${command}`;
  const asRoot = `exec "$sudo" -S -p ${prompt} -- /bin/sh -c ${quote(inner)}`;
  const line = `${mark} for sudo in ${PLACES.join(' ')}; do [ -x "$sudo" ] && ${asRoot}; done; echo 'sudo is not installed' >&2; exit 127`;
  return checkedLine(shell === 'sh' ? line : `exec /bin/sh -c ${quote(line)}`);
}
