import { runSsh } from '../../inventory/ssh-program.ts';
import { failure, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** That there is an ssh(1), by which SSH configurations are read, and of which version it is. */
export async function sshProgramCheck({ session }: Pick<Patient, 'session'>, program = 'ssh'): Promise<Seen[]> {
  const answer = await runSsh(program, ['-V'], session.settings.ssh_config_timeout_ms.value);
  if (!answer) {
    return [
      warning(
        'There is no program "ssh": the SSH configuration is read without it, which differs in rare cases.',
        'Install the client of OpenSSH, or make PATH lead to it.',
      ),
    ];
  }
  // It says so on stderr.
  const version = `${answer.stderr}${answer.stdout}`.trim().split('\n', 1).join();
  if (answer.exitCode === 0) return [ok(`${version}.`)];
  return [failure('The program "ssh" does not tell its version.', 'Find out what "ssh -V" does.', { detail: version })];
}
