import { existsSync } from 'node:fs';
import type { AlgorithmOption, SshTarget } from '../inventory/server.ts';
import { runSsh } from '../inventory/ssh-program.ts';
import { matchesWildcard } from '../inventory/wildcard.ts';

/** What RFC 9142 and OpenSSH have given up and ssh2 still knows: SHA-1, CBC, MD5. */
const LEGACY: Readonly<Record<AlgorithmOption, readonly string[]>> = {
  KexAlgorithms: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  Ciphers: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  MACs: ['hmac-sha1-etm@openssh.com', 'hmac-sha1', 'hmac-sha1-96', 'hmac-md5', 'hmac-md5-96'],
  HostKeyAlgorithms: ['ssh-rsa'],
  PubkeyAcceptedAlgorithms: ['ssh-rsa'],
};

/** By option, the legacy algorithms that the operator's configuration names for a server. */
export type LegacyAlgorithms = Readonly<Record<AlgorithmOption, readonly string[]>>;

export const NO_LEGACY: LegacyAlgorithms = {
  KexAlgorithms: [],
  Ciphers: [],
  MACs: [],
  HostKeyAlgorithms: [],
  PubkeyAcceptedAlgorithms: [],
};

/** A list of ssh(1) for a host that nobody has configured. */
export type DefaultLists = Readonly<Partial<Record<AlgorithmOption, string>>>;

const OPTIONS = Object.keys(LEGACY) as AlgorithmOption[];
const SYSTEM_CONFIG = '/etc/ssh/ssh_config';
/** No host has this name (RFC 6761). */
const NO_HOST = 'servonaut.invalid';
const ASK_TIMEOUT_MS = 5_000;

/** Nothing where there is no ssh. */
async function ask(program: string, file: string): Promise<DefaultLists | undefined> {
  const answer = await runSsh(program, ['-G', '-F', file, NO_HOST], ASK_TIMEOUT_MS);
  if (!answer) return undefined;
  if (answer.exitCode !== 0) throw new Error(`ssh -G failed: ${answer.stderr}`);
  const lists = OPTIONS.map((option) => [option, new RegExp(`^${option} (.*)$`, 'im').exec(answer.stdout)?.[1]]);
  return Object.fromEntries(lists.filter(([, list]) => list !== undefined)) as DefaultLists;
}

async function askAll(program: string): Promise<readonly DefaultLists[]> {
  const files = ['none', ...(existsSync(SYSTEM_CONFIG) ? [SYSTEM_CONFIG] : [])];
  const answers = await Promise.all(files.map((file) => ask(program, file)));
  return answers.filter((answer) => answer !== undefined);
}

const asked = new Map<string, Promise<readonly DefaultLists[]>>();

/**
 * What ssh(1) of this machine has by itself, and with the system's configuration: asked once. None where there is no ssh; undefined when it does not
 * say, and then a whole list may be nobody's wish.
 */
export async function defaultLists(program = 'ssh'): Promise<readonly DefaultLists[] | undefined> {
  const asking = asked.get(program) ?? askAll(program);
  asked.set(program, asking);
  try {
    return await asking;
  } catch {
    asked.delete(program);
    return undefined;
  }
}

const isSame = (one: readonly string[], other: readonly string[]) => one.join() === other.join();

/**
 * Which names of a whole list were given by somebody, when it started as `defaults`: those behind all of it (`+`), those before the rest of it (`^`),
 * none when it only lacks some (`-`), otherwise all. A list of a few defaults in their order may also have been given as it is: it was when nothing
 * else would be left.
 */
function given(
  list: readonly string[],
  defaults: readonly string[],
  isSafe: (name: string) => boolean,
): readonly string[] {
  if (isSame(list.slice(0, defaults.length), defaults)) return list.slice(defaults.length);
  const heads = list.map((_, index) => list.slice(0, index));
  const head = heads.find((names) =>
    isSame(
      list.slice(names.length),
      defaults.filter((name) => !names.includes(name)),
    ),
  );
  if (head) return head;
  const isShorter = isSame(
    list,
    defaults.filter((name) => list.includes(name)),
  );
  return isShorter && list.some(isSafe) ? [] : list;
}

function named(
  option: AlgorithmOption,
  list: string | undefined,
  defaults: readonly DefaultLists[] | undefined,
): readonly string[] {
  const legacy = LEGACY[option];
  if (list === undefined || list.startsWith('-')) return [];
  const names = list.replace(/^[+^]/, '').split(',');
  // A change to the default list, as the file has it where there is no ssh, or the whole list.
  if (/^[+^]/.test(list)) return legacy.filter((name) => names.some((pattern) => matchesWildcard(pattern, name)));
  if (!defaults) return [];
  const isSafe = (name: string) => !legacy.includes(name);
  const lists = defaults.map((each) => each[option]?.split(',')).filter((each) => each !== undefined);
  const wishes = lists.map((each) => given(names, each, isSafe));
  return legacy.filter((name) => names.includes(name) && wishes.every((wish) => wish.includes(name)));
}

/** The legacy algorithms that the operator's configuration names for a server, so that they are offered to it: never those that ssh(1) allows by itself. */
export async function legacyAlgorithms(
  { algorithms }: Pick<SshTarget, 'algorithms'>,
  defaults: Promise<readonly DefaultLists[] | undefined> = defaultLists(),
): Promise<LegacyAlgorithms> {
  const lists = await defaults;
  const entries = OPTIONS.map((option) => [option, named(option, algorithms[option], lists)]);
  return Object.fromEntries(entries) as LegacyAlgorithms;
}
