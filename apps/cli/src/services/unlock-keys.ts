import type { Server, SshTarget } from '../inventory/server.ts';
import { readKeyFile, type KeyFile } from '../ssh/key-files.ts';
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

/** A server whose configuration is wrong says so when it is used. */
async function targetsOf(servers: readonly Server[]): Promise<SshTarget[]> {
  const asked = await Promise.allSettled(servers.map((server) => server.target()));
  return asked.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
}

/** The key files of these ways that are encrypted and whose keys the agent does not hold. Only our own SSH client makes use of them. */
async function lockedFiles(targets: readonly SshTarget[]): Promise<KeyFile[]> {
  const [read, held] = [once(readKeyFile), once(heldByAgent)];
  const ours = targets
    .filter(({ strategy }) => strategy === 'auto' || strategy === 'ssh2')
    .flatMap((target) => [target, ...target.jumps]);
  const files = ours.flatMap(({ identityFiles, agentSocket }) =>
    identityFiles.map(async (path) => {
      const file = await read(path);
      if (!file?.isEncrypted) return [];
      const { blobs } = await held(agentSocket);
      return blobs.some((blob) => file.publicKey?.equals(blob)) ? [] : [file];
    }),
  );
  return [...new Set((await Promise.all(files)).flat())];
}

/** Asks for the passphrases without which key files on the way to these targets are of no use, one after the other. */
export async function unlockKeysOf(
  targets: readonly SshTarget[],
  keys: UnlockedKeys,
  ask: AskPassphrase,
): Promise<void> {
  for (const file of await lockedFiles(targets)) await keys.unlock(file, ask);
}

/** `unlockKeysOf` servers as their files are now. */
export async function unlockKeys(servers: readonly Server[], keys: UnlockedKeys, ask: AskPassphrase): Promise<void> {
  await unlockKeysOf(await targetsOf(servers), keys, ask);
}
