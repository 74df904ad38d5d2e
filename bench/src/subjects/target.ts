/** The sshd that every subject talks to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly privateKeyPath: string;
  /** An ssh_config in which it is `web-1`. */
  readonly sshConfigPath: string;
  readonly knownHostsLine: string;
  /** `SHA256:…` */
  readonly hostKeyFingerprint: string;
}
