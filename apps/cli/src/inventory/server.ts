import type { ServerEntry } from '@servonaut/contracts';

export type AlgorithmOption = 'HostKeyAlgorithms' | 'KexAlgorithms' | 'Ciphers' | 'MACs';

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
}

export type ServerSource = 'ssh_config' | 'servers.yaml';

/** A target machine of the inventory. */
export interface Server {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: ServerSource;
  /**
   * How to reach it by the files as they are now. Reads them, and asks the operator's `ssh` when they have changed, so it does not belong on
   * the path of every call.
   * @throws ServonautError `config_invalid`, `ssh_config_unsupported`, or `unknown_server` when the files have it no more
   */
  target(): Promise<SshTarget>;
}

/** What the coordinator may know of a server: the one place where that is decided. */
export function toServerEntry(server: Server): ServerEntry {
  return { name: server.name, labels: { ...server.labels } };
}
