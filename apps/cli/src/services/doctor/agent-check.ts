import { heldByAgent } from '../../ssh/ssh-auth.ts';
import { ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';
import { shortPath } from './short-path.ts';

const count = (keys: number): string => (keys === 1 ? '1 key' : `${keys} keys`);

async function seenOf(socket: string, subject: string | null): Promise<Seen> {
  const { blobs, hindrance } = await heldByAgent(socket);
  if (hindrance === null) return ok(`It answers, and holds ${count(blobs.length)}.`, { subject });
  return warning(
    'It does not answer, so its keys are not offered to any server.',
    'Start it, or log in anew where it runs; then see that SSH_AUTH_SOCK, or IdentityAgent, leads to it.',
    { subject },
  );
}

/** That every SSH agent answers which is asked for keys: that of the environment, and those that `IdentityAgent` names. */
export async function agentCheck({ session, servers }: Patient): Promise<Seen[]> {
  const own = session.environment.sshAuthSock;
  const reached = await servers().catch(() => []);
  const named = reached.flatMap(({ target }) => [target, ...(target?.jumps ?? [])].map((way) => way?.agentSocket));
  const others = [...new Set(named)].filter((socket): socket is string => socket !== undefined && socket !== own);
  const ofOwn = own === undefined ? ok('There is none: SSH_AUTH_SOCK is not set.') : seenOf(own, null);
  return Promise.all([ofOwn, ...others.map((socket) => seenOf(socket, shortPath(socket)))]);
}
