import { quote, ServonautError } from '@servonaut/contracts';
import type { LoginShell } from './ssh-connection.ts';

/** Environment variable that marks every process of a request, so that those which leave its session are found too. */
const REQUEST_MARKER = 'SERVONAUT_REQUEST';

/** Linux takes no single argument of more than 128 KiB (execve(2), MAX_ARG_STRLEN), and sshd hands the command over as one. */
const COMMAND_BYTES = 131_000;

const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** A command line that the server can take. @throws ServonautError `payload_too_large` */
export function checkedLine(command: string): string {
  if (Buffer.byteLength(command) <= COMMAND_BYTES) return command;
  throw new ServonautError('payload_too_large', {
    message: `The command is longer than ${COMMAND_BYTES} bytes as the server would get it.`,
  });
}

/**
 * The mark of a request as an entry of an environment. The shell that reads the command cannot carry it there, since an environment is shown as
 * it was when its program started: that shell is known by its argument after `-c`, which begins with `export`, the mark and a semicolon.
 */
export function requestMark(requestId: string): string {
  if (!REQUEST_ID.test(requestId))
    throw new ServonautError('internal', { detail: 'request id is not fit for a shell' });
  return `${REQUEST_MARKER}=${requestId}`;
}

/**
 * The command line that has the login shell run `command`, marked as of this request. A shell of the `sh` kind reads the command itself, as it
 * does for `ssh HOST COMMAND`: a second shell would cost 0.8 ms. It reads it on the line that marks, so that the numbers of lines in its
 * messages stay right, and bash goes on after a redirection that failed, unlike others. Any other shell gives the same to `/bin/sh`.
 * Without stdin the channel stays open for signals, which an end of file would not allow.
 * @throws ServonautError `payload_too_large`
 */
export function markedCommand(requestId: string, command: string, stdin: 'empty' | 'given', shell: LoginShell): string {
  const marked = (rest: string) => `export ${requestMark(requestId)};${rest} ${command}`;
  const empty = '</dev/null';
  if (shell === 'sh') return checkedLine(marked(stdin === 'empty' ? ` exec ${empty} || exit;` : ''));
  return checkedLine(`exec /bin/sh -c ${quote(marked(''))}${stdin === 'empty' ? ` ${empty}` : ''}`);
}
