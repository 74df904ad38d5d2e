import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { findProgram } from './find-program.ts';
import { run } from './run.ts';
import { waitFor } from './wait-for.ts';

/** As whom test servers run and log in. */
export interface TestAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'servonaut-test';

/**
 * Ourselves; or, for root, the unprivileged system user `servonaut-test`, which is made when absent: PostgreSQL refuses root, and
 * root's start-up files would be timed with every command. Its password is `*`, which no password matches; it is not `!`, with which
 * sshd takes an account for locked.
 */
export async function testAccount(): Promise<TestAccount> {
  const { username, uid, gid } = userInfo();
  if (uid !== 0) return { name: username, uid, gid };
  return (await lookUp()) ?? (await create());
}

async function lookUp(): Promise<TestAccount | undefined> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${NAME}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { name: NAME, uid: Number(uid), gid: Number(gid) } : undefined;
}

async function create(): Promise<TestAccount> {
  const args = [
    '--system',
    '--user-group',
    '--shell',
    '/bin/sh',
    '--password',
    '*',
    '--create-home',
    '--home-dir',
    `/var/lib/${NAME}`,
  ];
  // Two test processes may get here at once; useradd lets one of them win, and both find the account afterwards.
  const failure = await run(findProgram('useradd') ?? 'useradd', [...args, NAME]).then(() => undefined, String);
  return waitFor(lookUp, { what: `the system user ${NAME}; useradd said: ${failure ?? 'nothing'}`, timeoutMs: 5_000 });
}
