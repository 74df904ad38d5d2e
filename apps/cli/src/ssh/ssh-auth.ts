import { readFile } from 'node:fs/promises';
import { ServonautError } from '@servonaut/contracts';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import type { SshTarget } from '../inventory/server.ts';
import { agentKeys, ListedAgent } from './listed-agent.ts';

/** What is offered to a server, and what could not be. */
export interface AuthPlan {
  readonly methods: readonly AnyAuthMethod[];
  /** Why a key that the operator has was not offered, for the error when all others fail. */
  readonly hindrances: readonly string[];
}

interface Identity {
  readonly file: string;
  /** Null when the file is encrypted or cannot be read: the agent may still hold its key. */
  readonly key: ParsedKey | null;
  readonly publicKey: Buffer | null;
  readonly hindrance: string | null;
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ServonautError('ssh_auth_failed', {
      message: 'A key file cannot be read.',
      nextStep: 'Correct the permissions of the key file, then run "servonaut servers test".',
      detail: path,
      cause: error,
    });
  }
}

/** ssh2 answers a list for formats that can hold several keys. */
function parseKey(data: Buffer): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(data);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key in the file')) : parsed;
}

async function readPublicKey(file: string): Promise<Buffer | null> {
  const data = await readIfThere(`${file}.pub`);
  const key = data && parseKey(data);
  return key && !(key instanceof Error) ? key.getPublicSSH() : null;
}

async function readIdentity(file: string): Promise<Identity | null> {
  const data = await readIfThere(file);
  if (!data) {
    const publicKey = await readPublicKey(file);
    return publicKey && { file, key: null, publicKey, hindrance: null };
  }
  const key = parseKey(data);
  if (!(key instanceof Error)) {
    return { file, key: key.isPrivateKey() ? key : null, publicKey: key.getPublicSSH(), hindrance: null };
  }
  const hindrance = /encrypted|passphrase/i.test(key.message)
    ? 'a key file is encrypted: load it into the SSH agent with ssh-add'
    : 'a key file is of a format that is not supported: load its key into the SSH agent with ssh-add';
  return { file, key: null, publicKey: await readPublicKey(file), hindrance };
}

/** How long an SSH agent may take to list its keys, in milliseconds: one that hangs must not hold up the connect. */
const AGENT_TIMEOUT_MS = 3_000;

async function listAgent(socket: string | undefined): Promise<{ keys: ParsedKey[]; hindrance: string | null }> {
  if (socket === undefined) return { keys: [], hindrance: null };
  try {
    return { keys: await agentKeys(socket, AGENT_TIMEOUT_MS), hindrance: null };
  } catch {
    return { keys: [], hindrance: 'the SSH agent does not answer' };
  }
}

/** As ssh(1): configured keys that the agent holds, then its other keys unless `IdentitiesOnly`, then keys that only files hold. */
export async function planAuth(target: SshTarget): Promise<AuthPlan> {
  const [agent, read] = await Promise.all([
    listAgent(target.agentSocket),
    Promise.all(target.identityFiles.map(readIdentity)),
  ]);
  const identities = read.filter((identity) => identity !== null);
  const holds = (identity: Identity) =>
    agent.keys.find((key) => identity.publicKey !== null && key.getPublicSSH().equals(identity.publicKey));
  const configured = identities.map(holds).filter((key) => key !== undefined);
  const others = target.identitiesOnly ? [] : agent.keys.filter((key) => !configured.includes(key));
  const offered = [...configured, ...others];

  const methods: AnyAuthMethod[] = [];
  if (target.agentSocket !== undefined && offered.length > 0) {
    methods.push({ type: 'agent', username: target.user, agent: new ListedAgent(target.agentSocket, offered) });
  }
  for (const identity of identities) {
    // ssh2 takes a parsed key here as well as text; its types know only the text.
    const key = identity.key as unknown as Buffer | null;
    if (key && !holds(identity)) methods.push({ type: 'publickey', username: target.user, key });
  }
  const missed = identities.filter((identity) => !holds(identity)).map((identity) => identity.hindrance);
  return { methods, hindrances: [...new Set([agent.hindrance, ...missed])].filter((text) => text !== null) };
}
