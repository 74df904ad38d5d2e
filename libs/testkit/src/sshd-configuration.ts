import { requireProgram } from './find-program.ts';
import { run } from './run.ts';

export interface SshdConfiguration {
  readonly host: string;
  readonly port: number;
  readonly hostKeyPath: string;
  readonly authorizedKeysPath: string;
  /** `NAME=value` in the environment of everything that this server starts. */
  readonly mark: string;
  readonly maxSessions?: number;
  readonly allowPassword?: boolean;
  readonly config?: readonly string[];
}

/** Text of sshd_config(5). The first setting of a keyword wins, so the test's own lines come first. */
export async function sshdConfiguration(settings: SshdConfiguration): Promise<string> {
  const lines = [
    ...(settings.config ?? []),
    `ListenAddress ${settings.host}:${settings.port}`,
    `HostKey ${settings.hostKeyPath}`,
    `AuthorizedKeysFile ${settings.authorizedKeysPath}`,
    `SetEnv ${settings.mark}`,
    `MaxSessions ${settings.maxSessions ?? 10}`,
    `PasswordAuthentication ${settings.allowPassword ? 'yes' : 'no'}`,
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // The files lie below the temporary folder, which everybody may write.
    'StrictModes no',
    'UseDNS no',
    'PidFile none',
    'PrintMotd no',
    'LogLevel VERBOSE',
    // Tests open many connections at once, and some of them fail on purpose.
    'MaxStartups 500',
    'MaxAuthTries 20',
    'Subsystem sftp internal-sftp',
    ...((await punishesFailures()) ? ['PerSourcePenalties no'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** OpenSSH 9.8 and later lock an address out for a while after failures; all tests have the same address. */
async function punishesFailures(): Promise<boolean> {
  // Older ones take -V for an error, and say their version with it.
  const answer = await run(requireProgram('sshd'), ['-V']).catch((error: { stderr?: string }) => ({
    stderr: error.stderr ?? '',
  }));
  const [, major = '0', minor = '0'] = /OpenSSH_(\d+)\.(\d+)/.exec(answer.stderr) ?? [];
  return Number(major) * 100 + Number(minor) >= 908;
}
