import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import type { LinkStrategy, SshTarget, StrategyWish } from '../inventory/server.ts';
import { sshVariable } from '../session/environment.ts';
import { hostKeyPlace, recordedHostKeys } from './host-key-check.ts';
import { readKeyFile } from './key-files.ts';

/** What there is to choose by. */
export interface StrategyFacts {
  readonly wish: StrategyWish;
  /** Options of the configuration that only ssh(1) can do. */
  readonly beyondSsh2: readonly string[];
  /** Options that hold something which only ssh(1) can use, and do not ask for it: a key that is in a device, a host known by its authority alone. */
  readonly betterBySsh: readonly string[];
  readonly hasSsh: boolean;
}

/** How commands get to a server; or the option because of which there is no way. */
export type StrategyChoice = { readonly strategy: LinkStrategy } | { readonly option: string };

/** `auto` is ssh2 unless there is a reason. Nothing is left out silently: who wants ssh2 where the configuration asks for more gets neither. */
export function chooseStrategy({ wish, beyondSsh2, betterBySsh, hasSsh }: StrategyFacts): StrategyChoice {
  if (wish === 'local') return { strategy: 'local' };
  const [reason] = wish === 'auto' ? [...beyondSsh2, ...betterBySsh] : beyondSsh2;
  if (wish === 'ssh2') return reason === undefined ? { strategy: 'ssh2' } : { option: reason };
  if (wish === 'auto' && reason === undefined) return { strategy: 'ssh2' };
  return hasSsh ? { strategy: 'openssh' } : { option: reason ?? 'ssh_strategy' };
}

/** Of the type within a public key, behind its length (RFC 4253 section 6.6). */
const TYPE_AT = 4;

/** Security keys, which sign in a device that ssh2 does not speak to. */
async function hasSecurityKey({ identityFiles }: SshTarget): Promise<boolean> {
  const keys = await Promise.all(identityFiles.map(readKeyFile));
  return keys.some((key) => key?.publicKey?.toString('latin1', TYPE_AT).startsWith('sk-'));
}

/** Of one machine on the way, or at its end. */
async function usableBySsh(target: SshTarget): Promise<string[]> {
  const [isByDevice, known] = await Promise.all([hasSecurityKey(target), recordedHostKeys(target)]);
  const isCertified = known.isCertifiedOnly(hostKeyPlace(target));
  return [...(isByDevice ? ['IdentityFile'] : []), ...(isCertified ? ['UserKnownHostsFile'] : [])];
}

async function isSshThere(): Promise<boolean> {
  const folders = (sshVariable('PATH') ?? '').split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, 'ssh'), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/**
 * Looked at for each connect, since keys and records come and go.
 * @param name of the server in the inventory, for errors
 * @throws ServonautError `ssh_config_unsupported` naming the option
 */
export async function strategyFor(name: string, target: SshTarget): Promise<LinkStrategy> {
  const { strategy: wish, beyondSsh2, jumps } = target;
  const better = wish === 'auto' ? await Promise.all([target, ...jumps].map(usableBySsh)) : [];
  const choice = chooseStrategy({
    wish,
    beyondSsh2,
    betterBySsh: better.flat(),
    hasSsh: await isSshThere(),
  });
  if ('strategy' in choice) return choice.strategy;
  const { option } = choice;
  throw new ServonautError('ssh_config_unsupported', {
    message: `${name} is reached by ssh(1) alone, because of ${option}, and ${wish === 'ssh2' ? 'is to be reached without' : 'this machine has none'}.`,
    nextStep: wish === 'ssh2' ? 'Set its strategy to auto or openssh.' : 'Install the OpenSSH client.',
    facts: { option },
  });
}
