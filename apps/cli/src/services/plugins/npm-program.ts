import { spawn } from 'node:child_process';
import { ServonautError } from '@servonaut/contracts';

/** Major version of npm that comes with the oldest Node which this command line runs on. Older ones put a link where a folder is to be copied. */
const OLDEST_NPM = 10;
/** Most characters of what npm says on either stream that are kept. */
const LONGEST_COMPLAINT = 2_000;

export interface NpmEnd {
  readonly code: number | null;
  readonly stdout: string;
  /** The end of what it says on stderr. */
  readonly complaint: string;
}

/** Runs the npm of this machine in a folder. @throws ServonautError `config_invalid` when there is none */
export async function runNpm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<NpmEnd> {
  const npm = spawn('npm', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    npm[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] = (said[stream] + text).slice(-LONGEST_COMPLAINT);
    });
  const code = await new Promise<number | null>((ended, fail) => npm.on('close', ended).on('error', fail)).catch(
    (cause: unknown) => {
      throw new ServonautError('config_invalid', {
        message: 'npm cannot be started.',
        nextStep: 'Install npm, which comes with Node.',
        cause,
      });
    },
  );
  return { code, stdout: said.stdout.trim(), complaint: said.stderr.trim() };
}

/** Whether the npm of this machine knows what is asked of it. @throws ServonautError `config_invalid` that says which one does */
export async function checkNpm(cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { stdout } = await runNpm(['--version'], cwd, env);
  const major = /^(\d{1,6})\.\d/.exec(stdout)?.[1];
  if (major !== undefined && Number(major) >= OLDEST_NPM) return;
  throw new ServonautError('config_invalid', {
    message: major === undefined ? 'npm does not say which version it is.' : `This is npm ${stdout}, which is too old.`,
    nextStep: `Have npm ${OLDEST_NPM} or newer first in PATH: "npm install --global npm@${OLDEST_NPM}", or the npm of a newer Node.`,
  });
}
