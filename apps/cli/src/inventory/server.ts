import type { ServerEntry } from '@servonaut/contracts';

export type AlgorithmOption = 'HostKeyAlgorithms' | 'KexAlgorithms' | 'Ciphers' | 'MACs' | 'PubkeyAcceptedAlgorithms';

/** How commands get to a server: our own SSH client, the operator's ssh(1), or a process on this machine. */
export type LinkStrategy = 'ssh2' | 'openssh' | 'local';

/** `auto`: ssh2, or openssh where there is a reason. */
export type StrategyWish = 'auto' | LinkStrategy;

/** Everything that is needed to reach a server over SSH. Stays on this machine. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key files to offer, in order. Those that do not exist are skipped, as ssh(1) does. */
  readonly identityFiles: readonly string[];
  /** `IdentitiesOnly`: offer no key of the agent that is not among `identityFiles`. */
  readonly identitiesOnly: boolean;
  /** Socket of the SSH agent; undefined for none. */
  readonly agentSocket: string | undefined;
  /** known_hosts files, the operator's own first; `trust` adds to the first one. */
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly hostKeyAlias: string | undefined;
  /** `HashKnownHosts`: names are written to known_hosts as hashes. */
  readonly hashKnownHosts: boolean;
  /** `ConnectTimeout`, in milliseconds; undefined leaves it to our setting. */
  readonly connectTimeoutMs: number | undefined;
  /** `ServerAliveInterval`, in milliseconds; undefined leaves it to our setting. */
  readonly keepAliveMs: number | undefined;
  /** `AddressFamily`; 0 for any. */
  readonly addressFamily: 0 | 4 | 6;
  /** By the option's name, its value: a list, or a change to the default list (`+`, `-`, `^`). */
  readonly algorithms: Readonly<Record<AlgorithmOption, string | undefined>>;
  /** `RevokedHostKeys`. */
  readonly revokedHostKeysFile: string | undefined;
  /** `RequiredRSASize`: a shorter RSA key of the server is not accepted. */
  readonly requiredRsaBits: number;
  /** What ssh(1) would be given as the host. May be an address. */
  readonly destination: string;
  /** The file that ssh(1) would be given by `-F`; undefined for the operator's own and the system's. */
  readonly sshConfigPath: string | undefined;
  /** For a jump host: its name in the inventory, when it has one. What has none is not named in errors, which may go to an agent. */
  readonly inventoryName: string | undefined;
  /** What the operator has chosen; `strategyFor` says what it comes to. */
  readonly strategy: StrategyWish;
  /** What only ssh(1) can do, by the options' names: a reason for `openssh` where the operator has not chosen. */
  readonly beyondSsh2: readonly string[];
  /** `ProxyJump`: the servers on the way, the first to be reached first. Each has a configuration, keys and known_hosts of its own. */
  readonly jumps: readonly SshTarget[];
  /** `ProxyCommand` with its tokens expanded; its stdin and stdout take the place of a connection to `host`. */
  readonly proxyCommand: string | undefined;
  /** `BindAddress`: the address of this machine to connect from. */
  readonly bindAddress: string | undefined;
  /** `BindInterface`: the interface of this machine to connect from. */
  readonly bindInterface: string | undefined;
  /** `CertificateFile`, in order; `<identity file>-cert.pub` counts besides, as for ssh(1). */
  readonly certificateFiles: readonly string[];
  /** `ServerAliveCountMax`: so many unanswered keep-alives end the connection. */
  readonly keepAliveCountMax: number;
  /** `accept-new`: a key of a host that has none on record is put there. Other keys than those on record are refused in either case. */
  readonly strictHostKeyChecking: 'yes' | 'accept-new';
  /** Socket of the agent to forward; undefined unless `ForwardAgent` asks for it. */
  readonly forwardAgent: string | undefined;
  /** What each command is given besides, as far as the server takes it: `SetEnv`, and what of the operator's environment `SendEnv` names. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A target machine of the inventory. */
export interface Server {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `ssh_config`, `servers.yaml`, or the name of an inventory source. */
  readonly source: string;
  /** When a source found it; null or nothing for what is read as it is now. */
  readonly listedAt?: Date | null;
  /**
   * How to reach it by the files as they are now. Reads them, and asks the operator's `ssh` when they have changed, so it does not belong on
   * the path of every call.
   * @param isWarm whether there is a connection already, for which commands of `Match exec` are not run anew
   * @throws ServonautError `config_invalid`, `ssh_config_unsupported`, or `unknown_server` when the files have it no more
   */
  target(isWarm?: boolean): Promise<SshTarget>;
}

/** What the coordinator may know of a server: the one place where that is decided. */
export function toServerEntry(server: Server): ServerEntry {
  return { name: server.name, labels: { ...server.labels } };
}
