import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { findProgram, requireProgram } from './find-program.ts';
import { run } from './run.ts';

/** An account of this machine that may become root by sudo, as long as the test runs. */
export interface TestSudoer {
  readonly name: string;
  readonly password: string;
  /** Replaces the password. */
  changePassword(password: string): void;
  remove(): Promise<void>;
}

/** What {@link makeSudoer} lacks here, for `unlessMissing`. */
export function missingSudo(): string | undefined {
  if (process.getuid?.() !== 0) return 'root, for another account';
  return findProgram('sudo') ? undefined : 'sudo';
}

/**
 * Makes an account with a password of its own, and a rule of sudo.
 * @param options.rule what it may run as root, such as `NOPASSWD: ALL`; empty for nothing
 */
export async function makeSudoer({ rule = 'ALL', shell = '/bin/sh' } = {}): Promise<TestSudoer> {
  const name = `servonaut-sudo-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  // sudo reads no file with a dot in its name.
  const rulePath = `/etc/sudoers.d/${name}`;
  const changePassword = (next: string): void => {
    const { status, stderr } = spawnSync(requireProgram('chpasswd'), { input: `${name}:${next}\n`, encoding: 'utf8' });
    if (status !== 0) throw new Error(`chpasswd failed: ${stderr}`);
  };
  await run(requireProgram('useradd'), ['--system', '--user-group', '--create-home', '--shell', shell, name]);
  changePassword(password);
  if (rule !== '') await writeFile(rulePath, `${name} ALL=(root) ${rule}\n`, { mode: 0o440 });
  const remove = async (): Promise<void> => {
    await rm(rulePath, { force: true });
    // Says on stderr that there is no mailbox.
    await run(requireProgram('userdel'), ['--force', '--remove', name]);
  };
  return { name, password, changePassword, remove };
}
