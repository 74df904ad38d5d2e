import { join } from 'node:path';
import { expandHome } from './home-path.ts';
import type { SshTarget } from './server.ts';

/** Options of one host as ssh_config(5) names them, in lower case, each with its values in order. */
export type SshOptions = ReadonlyMap<string, readonly string[]>;

/** What is the same for every host. */
export interface OperatorAccount {
  readonly home: string;
  readonly user: string;
  /** `SSH_AUTH_SOCK`. */
  readonly agentSocket: string | undefined;
}

const DEFAULT_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const DEFAULT_KNOWN_HOSTS = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const DEFAULT_RSA_BITS = 1_024;
const DEFAULT_KEEP_ALIVE_COUNT = 3;
const DEFAULT_GLOBAL_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

const isOn = (value: string | undefined) => value === 'yes' || value === 'true';

function agentSocket(value: string | undefined, account: OperatorAccount, expand: (path: string) => string) {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return account.agentSocket;
  return value.toLowerCase() === 'none' ? undefined : expand(value);
}

/** `ForwardAgent`: a yes, which forwards the agent that is used to log in, or another agent's socket. */
function forwardedAgent(
  value: string | undefined,
  agent: string | undefined,
  socket: (value: string) => string | undefined,
) {
  if (value === undefined || ['no', 'false'].includes(value)) return undefined;
  return isOn(value) ? agent : socket(value);
}

/**
 * Nobody can be asked, so `ask` is `yes`. `no` accepts new keys and no other ones: ssh(1) would go on with a changed key, without the methods that
 * a man in the middle gains by.
 */
function hostKeyChecking(value: string | undefined): SshTarget['strictHostKeyChecking'] {
  return ['accept-new', 'no', 'off', 'false'].includes(value ?? 'ask') ? 'accept-new' : 'yes';
}

function milliseconds(seconds: string | undefined): number | undefined {
  const value = Number(seconds);
  return Number.isInteger(value) && value > 0 ? value * 1_000 : undefined;
}

/** Paths of one option, which ssh takes separated by spaces, or in double quotes. */
function paths(values: readonly string[] | undefined, fallback: readonly string[]): readonly string[] {
  const words = values?.flatMap((value) => value.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ''));
  return words && words.length > 0 ? words.filter((word) => word !== 'none') : fallback;
}

/** Replaces the tokens of ssh_config(5). */
function tokenExpander(host: string, port: number, user: string, name: string, account: OperatorAccount) {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: account.home,
    h: host,
    n: name,
    p: String(port),
    r: user,
    u: account.user,
  };
  return (text: string) => text.replace(/%(.)/g, (token, letter: string) => tokens[letter] ?? token);
}

/** @param name what would be given to ssh(1) as the host */
export function targetFromOptions(name: string, options: SshOptions, account: OperatorAccount): SshTarget {
  const one = (key: string) => options.get(key)?.[0];
  const host = (one('hostname') ?? name).replace(/%([%h])/g, (_, letter) => (letter === 'h' ? name : '%'));
  const port = Number(one('port') ?? 22);
  const user = one('user') ?? account.user;
  const expandTokens = tokenExpander(host, port, user, name, account);
  const expand = (path: string) => expandTokens(expandHome(path, account.home));
  const family = one('addressfamily');
  const socket = (value: string | undefined) => agentSocket(value, account, expand);
  const agent = socket(one('identityagent'));
  const given = (key: string) => (one(key)?.toLowerCase() === 'none' ? undefined : one(key));
  const command = given('proxycommand');
  return {
    host,
    port,
    user,
    identityFiles: (options.get('identityfile') ?? DEFAULT_IDENTITIES.map((file) => join('~/.ssh', file)))
      .filter((file) => file !== 'none')
      .map((file) => expand(file.replace(/^"|"$/g, ''))),
    identitiesOnly: isOn(one('identitiesonly')),
    agentSocket: agent,
    userKnownHostsFiles: paths(options.get('userknownhostsfile'), DEFAULT_KNOWN_HOSTS).map(expand),
    globalKnownHostsFiles: paths(options.get('globalknownhostsfile'), DEFAULT_GLOBAL_KNOWN_HOSTS).map(expand),
    hostKeyAlias: one('hostkeyalias'),
    hashKnownHosts: isOn(one('hashknownhosts')),
    connectTimeoutMs: milliseconds(one('connecttimeout')),
    keepAliveMs: milliseconds(one('serveraliveinterval')),
    addressFamily: family === 'inet' ? 4 : family === 'inet6' ? 6 : 0,
    algorithms: {
      HostKeyAlgorithms: one('hostkeyalgorithms'),
      KexAlgorithms: one('kexalgorithms'),
      Ciphers: one('ciphers'),
      MACs: one('macs'),
    },
    revokedHostKeysFile: paths(options.get('revokedhostkeys'), []).map(expand)[0],
    requiredRsaBits: Number(one('requiredrsasize') ?? DEFAULT_RSA_BITS),
    strategy: 'ssh2',
    beyondSsh2: [],
    jumps: [],
    proxyCommand: command === undefined ? undefined : expandTokens(command),
    bindAddress: given('bindaddress'),
    certificateFiles: paths(options.get('certificatefile'), []).map(expand),
    keepAliveCountMax: Number(one('serveralivecountmax') ?? DEFAULT_KEEP_ALIVE_COUNT),
    strictHostKeyChecking: hostKeyChecking(one('stricthostkeychecking')),
    forwardAgent: forwardedAgent(one('forwardagent'), agent, socket),
  };
}
