import type { SshTarget } from '../inventory/server.ts';
import { readKeyFile, type KeyFile } from './key-files.ts';
import { ENCRYPTED, heldByAgent } from './ssh-auth.ts';

/** How files and agents are asked; somebody who asks for many targets asks each of them once. */
export interface KeySources {
  readonly read: typeof readKeyFile;
  readonly held: typeof heldByAgent;
}

/** The key files for one machine that are encrypted and whose keys the agent does not hold. */
export async function lockedKeyFiles(
  { identityFiles, agentSocket }: SshTarget,
  { read, held }: KeySources = { read: readKeyFile, held: heldByAgent },
): Promise<KeyFile[]> {
  const found = await Promise.all(identityFiles.map((path) => read(path)));
  const files = found.filter((file) => file !== null).filter(({ isEncrypted }) => isEncrypted);
  if (files.length === 0) return [];
  const { blobs } = await held(agentSocket);
  return files.filter(({ publicKey }) => !blobs.some((blob) => publicKey?.equals(blob)));
}

/** Of each jump host, and of the server: why ssh(1), which asks nobody for a passphrase, may not offer a key. */
export function opensshHindrances(target: SshTarget): Promise<string[][]> {
  const way = [...target.jumps, target];
  return Promise.all(way.map(async (stop) => ((await lockedKeyFiles(stop)).length > 0 ? [ENCRYPTED] : [])));
}
