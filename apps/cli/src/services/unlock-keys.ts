import type { Server, SshTarget } from '../inventory/server.ts';
import { readKeyFile, type KeyFile } from '../ssh/key-files.ts';
import { strategyFor } from '../ssh/link-strategy.ts';
import { lockedKeyFiles, type KeySources } from '../ssh/locked-key-files.ts';
import { heldByAgent } from '../ssh/ssh-auth.ts';
import type { AskPassphrase, UnlockedKeys } from '../ssh/unlocked-keys.ts';

/** Asks `find` once for each key, at the same time for those that are asked for at the same time. */
function once<Key, Found>(find: (key: Key) => Promise<Found>): (key: Key) => Promise<Found> {
  const found = new Map<Key, Promise<Found>>();
  return (key) => {
    const known = found.get(key) ?? find(key);
    found.set(key, known);
    return known;
  };
}

const fromEachOnce = (): KeySources => ({ read: once(readKeyFile), held: once(heldByAgent) });

/** Only our own SSH client makes use of what is unlocked. A server whose configuration is wrong says so when it is used. */
const isOurWay = (name: string, target: SshTarget): Promise<boolean> =>
  strategyFor(name, target).then(
    (strategy) => strategy === 'ssh2',
    () => false,
  );

async function lockedOnTheWay(target: SshTarget, sources: KeySources): Promise<KeyFile[]> {
  const way = [target, ...target.jumps];
  return (await Promise.all(way.map((stop) => lockedKeyFiles(stop, sources)))).flat();
}

async function lockedFor(server: Server, sources: KeySources): Promise<KeyFile[]> {
  const target = await server.target();
  const locked = await lockedOnTheWay(target, sources);
  return locked.length > 0 && (await isOurWay(server.name, target)) ? locked : [];
}

/** One after the other, since there is one terminal. */
async function unlock(files: readonly KeyFile[], keys: UnlockedKeys, ask: AskPassphrase): Promise<void> {
  for (const file of new Set(files)) await keys.unlock(file, ask);
}

/** Asks for the passphrases without which key files on the way to these targets, by our own SSH client, are of no use. */
export async function unlockKeysOf(
  targets: readonly SshTarget[],
  keys: UnlockedKeys,
  ask: AskPassphrase,
): Promise<void> {
  const sources = fromEachOnce();
  const locked = await Promise.all(targets.map((target) => lockedOnTheWay(target, sources)));
  await unlock(locked.flat(), keys, ask);
}

/** `unlockKeysOf` servers as their files are now, as far as they are reached by our own SSH client. */
export async function unlockKeys(servers: readonly Server[], keys: UnlockedKeys, ask: AskPassphrase): Promise<void> {
  const sources = fromEachOnce();
  const asked = await Promise.allSettled(servers.map((server) => lockedFor(server, sources)));
  await unlock(
    asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    keys,
    ask,
  );
}
