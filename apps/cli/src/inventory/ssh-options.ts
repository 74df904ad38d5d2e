import { operatorsVariables, sshVariable } from '../session/environment.ts';
import { expandHome } from './home-path.ts';
import type { SshTarget } from './server.ts';
import { expandCommand, expandPath, tokensFor, type Tokens } from './ssh-tokens.ts';
import { matchesWildcard } from './wildcard.ts';

/** Options of one host as ssh_config(5) names them, in lower case, each with its values in order. */
export type SshOptions = ReadonlyMap<string, readonly string[]>;

/** What is the same for every host. */
export interface OperatorAccount {
  readonly home: string;
  readonly user: string;
  /** `SSH_AUTH_SOCK`. */
  readonly agentSocket: string | undefined;
  /** Another file than `~/.ssh/config`, as `ssh -F`. */
  readonly sshConfigPath?: string | undefined;
}

const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const DEFAULT_KNOWN_HOSTS = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'];
const DEFAULT_RSA_BITS = 1_024;
const DEFAULT_KEEP_ALIVE_COUNT = 3;
const DEFAULT_GLOBAL_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

const isOn = (value: string | undefined) => value === 'yes' || value === 'true';

/** `IdentityAgent`: a path, the name of a variable after `$`, `SSH_AUTH_SOCK` or `none`. */
function agentSocket(value: string | undefined, account: OperatorAccount): string | undefined {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return account.agentSocket;
  if (value.startsWith('$')) return sshVariable(value.slice(1));
  return value.toLowerCase() === 'none' ? undefined : value;
}

/** `ForwardAgent`: a yes, which forwards the agent that is used to log in, or another agent's socket. */
function forwardedAgent(value: string | undefined, agent: string | undefined, account: OperatorAccount) {
  if (value === undefined || ['no', 'false'].includes(value)) return undefined;
  return isOn(value) ? agent : agentSocket(value, account);
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

/** Those of one option; `none` stands for none. */
const paths = (values: readonly string[] | undefined, fallback: readonly string[]): readonly string[] =>
  (values ?? fallback).filter((path) => path !== '' && path.toLowerCase() !== 'none');

/** The first value of an option, unless it is `none`. */
function given(options: SshOptions, key: string): string | undefined {
  const value = options.get(key)?.[0];
  return value?.toLowerCase() === 'none' ? undefined : value;
}

function tokensOf(name: string, options: SshOptions, account: OperatorAccount): Tokens {
  const one = (key: string) => options.get(key)?.[0];
  const tokens = tokensFor({
    host: one('hostname') ?? name,
    port: Number(one('port') ?? 22),
    user: one('user') ?? account.user,
    name: name.slice(name.lastIndexOf('@') + 1),
    hostKeyAlias: one('hostkeyalias'),
    home: account.home,
    localUser: account.user,
  });
  return { ...tokens, C: one('controlpath') ?? '' };
}

type Way = Pick<SshTarget, 'addressFamily' | 'jumps' | 'proxyCommand' | 'bindAddress' | 'bindInterface'>;

/** By which way the server is reached, but for the jump hosts. */
function wayOf(options: SshOptions, tokens: Tokens): Way {
  const family = options.get('addressfamily')?.[0];
  const command = given(options, 'proxycommand');
  return {
    addressFamily: family === 'inet' ? 4 : family === 'inet6' ? 6 : 0,
    jumps: [],
    proxyCommand: command === undefined ? undefined : expandCommand(command, tokens),
    bindAddress: given(options, 'bindaddress'),
    bindInterface: given(options, 'bindinterface'),
  };
}

type HostKeys = Pick<
  SshTarget,
  | 'userKnownHostsFiles'
  | 'globalKnownHostsFiles'
  | 'hostKeyAlias'
  | 'hashKnownHosts'
  | 'revokedHostKeysFile'
  | 'requiredRsaBits'
  | 'strictHostKeyChecking'
>;

/** By which key the server is known. */
function hostKeysOf(options: SshOptions, { home }: OperatorAccount): HostKeys {
  const files = (key: string, fallback: readonly string[]) =>
    paths(options.get(key), fallback).map((path) => expandHome(path, home));
  return {
    userKnownHostsFiles: files('userknownhostsfile', DEFAULT_KNOWN_HOSTS),
    globalKnownHostsFiles: files('globalknownhostsfile', DEFAULT_GLOBAL_KNOWN_HOSTS),
    hostKeyAlias: options.get('hostkeyalias')?.[0],
    hashKnownHosts: isOn(options.get('hashknownhosts')?.[0]),
    revokedHostKeysFile: files('revokedhostkeys', [])[0],
    requiredRsaBits: Number(options.get('requiredrsasize')?.[0] ?? DEFAULT_RSA_BITS),
    strictHostKeyChecking: hostKeyChecking(options.get('stricthostkeychecking')?.[0]),
  };
}

type LogIn = Pick<
  SshTarget,
  'user' | 'identityFiles' | 'identitiesOnly' | 'agentSocket' | 'certificateFiles' | 'forwardAgent'
>;

/** As whom, and with what, to log in. */
function logInOf(options: SshOptions, account: OperatorAccount, tokens: Tokens): LogIn {
  const files = (key: string, fallback: readonly string[]) =>
    paths(options.get(key), fallback).map((path) => expandPath(path, tokens));
  const agent = agentSocket(options.get('identityagent')?.[0], account);
  return {
    user: options.get('user')?.[0] ?? account.user,
    identityFiles: files('identityfile', DEFAULT_IDENTITIES),
    identitiesOnly: isOn(options.get('identitiesonly')?.[0]),
    agentSocket: agent,
    certificateFiles: files('certificatefile', []),
    forwardAgent: forwardedAgent(options.get('forwardagent')?.[0], agent, account),
  };
}

function algorithmsOf(options: SshOptions): SshTarget['algorithms'] {
  const one = (key: string) => options.get(key)?.[0];
  return {
    HostKeyAlgorithms: one('hostkeyalgorithms'),
    KexAlgorithms: one('kexalgorithms'),
    Ciphers: one('ciphers'),
    MACs: one('macs'),
    // Its name before OpenSSH 8.5 is an alias still.
    PubkeyAcceptedAlgorithms: one('pubkeyacceptedalgorithms') ?? one('pubkeyacceptedkeytypes'),
  };
}

/** What is set wins over what is sent, as the server takes it later. */
function variablesOf(options: SshOptions): SshTarget['variables'] {
  const patterns = options.get('sendenv') ?? [];
  const sent = Object.entries(operatorsVariables()).filter(([name]) =>
    patterns.some((pattern) => matchesWildcard(pattern, name)),
  );
  const set = (options.get('setenv') ?? []).map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')];
  });
  return Object.fromEntries([...sent, ...set]);
}

/**
 * Without its jump hosts; see `sshTarget`.
 * @param name what would be given to ssh(1) as the host
 * @throws ServonautError `config_invalid` for a token or a variable that stands for nothing
 */
export function targetFromOptions(name: string, options: SshOptions, account: OperatorAccount): SshTarget {
  const one = (key: string) => options.get(key)?.[0];
  const tokens = tokensOf(name, options, account);
  return {
    host: one('hostname') ?? name,
    port: Number(one('port') ?? 22),
    ...wayOf(options, tokens),
    ...hostKeysOf(options, account),
    ...logInOf(options, account, tokens),
    algorithms: algorithmsOf(options),
    variables: variablesOf(options),
    connectTimeoutMs: milliseconds(one('connecttimeout')),
    keepAliveMs: milliseconds(one('serveraliveinterval')),
    keepAliveCountMax: Number(one('serveralivecountmax') ?? DEFAULT_KEEP_ALIVE_COUNT),
    destination: name,
    sshConfigPath: account.sshConfigPath,
    inventoryName: undefined,
    strategy: 'auto',
    beyondSsh2: [],
  };
}
