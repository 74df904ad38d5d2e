import type { SshTarget } from '../../inventory/server.ts';
import { OPEN_TO_OTHERS, readKeyFile, type KeyFile } from '../../ssh/key-files.ts';
import { heldByAgent } from '../../ssh/ssh-auth.ts';
import { failure, notChecked, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';
import { shortPath } from './short-path.ts';

/** What ssh(1) tries where no `IdentityFile` is named: of these it is no matter which are there. */
const DEFAULT_KEY = /\/\.ssh\/id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;
const PUBLIC_ONLY = 'it holds a public key, and the SSH agent does not hold the private one';
/** Most servers that one finding names. */
const MOST_NAMED = 3;

/** A key file, and what uses it. */
interface Use {
  readonly path: string;
  readonly servers: readonly string[];
  readonly agents: readonly (string | undefined)[];
}

function usesOf(ways: readonly { readonly name: string; readonly target: SshTarget }[]): Use[] {
  const uses = new Map<string, { path: string; servers: Set<string>; agents: Set<string | undefined> }>();
  for (const { name, target } of ways) {
    for (const path of target.identityFiles) {
      const use = uses.get(path) ?? { path, servers: new Set(), agents: new Set() };
      uses.set(path, use);
      use.servers.add(name);
      use.agents.add(target.agentSocket);
    }
  }
  return [...uses.values()].map(({ path, servers, agents }) => ({ path, servers: [...servers], agents: [...agents] }));
}

function users({ servers }: Use): string {
  const more = servers.length - MOST_NAMED;
  return `${servers.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function isHeld(file: KeyFile, agents: Use['agents']): Promise<boolean> {
  const { publicKey } = file;
  if (!publicKey) return false;
  const held = await Promise.all(agents.map(heldByAgent));
  return held.every(({ blobs }) => blobs.some((blob) => blob.equals(publicKey)));
}

async function seenOf(use: Use): Promise<Seen | undefined> {
  const about = { subject: shortPath(use.path) };
  const file = await readKeyFile(use.path);
  if (!file) {
    if (DEFAULT_KEY.test(use.path)) return undefined;
    return warning(`It is not there. Used for ${users(use)}.`, 'Put it there, or name another IdentityFile.', about);
  }
  if (file.hindrance === OPEN_TO_OTHERS) {
    return failure(
      `Other users of this machine can read or change it. Used for ${users(use)}.`,
      `Run "chmod 600 ${shortPath(use.path)}"; if others may have read it, make a new key.`,
      about,
    );
  }
  if (file.privateKey) return ok('It can be used.', about);
  if (await isHeld(file, use.agents)) return ok('Its key is in the SSH agent.', about);
  if (file.isEncrypted) return locked(use, file, about);
  return warning(
    `Of no use for ${users(use)}: ${file.hindrance ?? PUBLIC_ONLY}.`,
    'Mend that, or name another IdentityFile.',
    about,
  );
}

function locked(use: Use, { publicKey }: KeyFile, about: { readonly subject: string }): Seen {
  const how = `Run "ssh-add ${shortPath(use.path)}" where "connect" is started, or start that on a terminal, where it asks.`;
  return publicKey
    ? warning(`Encrypted, and not in the SSH agent. Used for ${users(use)}.`, how, about)
    : warning(
        `Encrypted, and nothing beside it says whether the SSH agent has its key. Used for ${users(use)}.`,
        `${how} "ssh-keygen -y" writes the ".pub" that tells.`,
        about,
      );
}

/** That each key file is there and for its owner alone, and what is encrypted is in the agent. */
export async function keysCheck({ servers }: Patient): Promise<Seen[]> {
  const reached = await servers().catch(() => undefined);
  if (!reached) return [notChecked('configuration')];
  const ways = reached.flatMap(({ server: { name }, target }) =>
    target && target.strategy !== 'local' ? [...target.jumps, target].map((way) => ({ name, target: way })) : [],
  );
  const seen = await Promise.all(usesOf(ways).map(seenOf));
  const found = seen.filter((one) => one !== undefined);
  return found.length > 0 ? found : [ok('No key file is named, and none has a usual name.')];
}
