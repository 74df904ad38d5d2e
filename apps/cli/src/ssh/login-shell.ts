import { askServer } from './side-command.ts';
import type { LoginShell, SshConnection } from './ssh-connection.ts';

/**
 * Names of shells for which every tool's scripts are tested. Not zsh, which does not split words and fails where a pattern matches no file; not
 * ksh, whose kinds differ (`local`); not rbash, which may not redirect.
 */
const SH_LIKE = /^(?:\/\S*\/)?(?:sh|ash|bash|dash)\n$/;

/** Asks a shell for its name. In fish and csh it is an error, and cmd.exe prints it as it stands. */
export const QUESTION = 'echo "$0"';

/** Whether what a shell said to the question is the name of one that reads commands as `/bin/sh` does, and nothing else. */
export function isShLike(answer: string): boolean {
  return SH_LIKE.test(answer);
}

/** Learns the login shell by one short command. No answer, or a strange one, as of an account whose start-up files print, is `other`. */
export async function askLoginShell(connection: SshConnection, timeoutMs: number): Promise<LoginShell> {
  const answer = await askServer(connection, QUESTION, timeoutMs);
  return answer !== undefined && isShLike(answer) ? 'sh' : 'other';
}
