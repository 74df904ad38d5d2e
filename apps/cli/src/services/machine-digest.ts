import { createHash } from 'node:crypto';
import type { Server } from '../inventory/server.ts';

/** Tells where a server's name leads now from where it led before, with all that is on the way. Null for no server. */
export async function machineDigest(server: Pick<Server, 'source' | 'target'> | null): Promise<string | null> {
  if (!server) return null;
  const target = await server.target(true);
  const ways = [target, ...target.jumps].map(({ strategy, user, host, port, hostKeyAlias, proxyCommand }) => [
    strategy === 'local',
    user,
    host,
    port,
    hostKeyAlias ?? null,
    proxyCommand ?? null,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([server.source, ways]))
    .digest('base64url');
}
