import { ServonautError } from '@servonaut/contracts';
import type { SshOptions } from './ssh-options.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Options of ssh_config(5) that count as for ssh(1): by `ssh -G`, which resolves some of them, or by the connect. */
export const HONOURED_OPTIONS = words(`
  AddressFamily CanonicalDomains CanonicalizeFallbackLocal CanonicalizeMaxDots CanonicalizePermittedCNAMEs Ciphers ConnectTimeout
  GlobalKnownHostsFile HashKnownHosts Host HostKeyAlgorithms HostKeyAlias Hostname IdentitiesOnly IdentityFile IgnoreUnknown Include
  KexAlgorithms MACs Match Port RequiredRSASize RevokedHostKeys ServerAliveInterval Tag User UserKnownHostsFile`);

/**
 * Options without effect, because the connect is at least as strict whatever they say (StrictHostKeyChecking, CheckHostIP, VerifyHostKeyDNS:
 * the key has to be on record for the name), because they are about what it never does (passwords, prompts, GSSAPI, forwarding, terminals,
 * sharing a connection), or because nothing depends on them but speed, looks, and which log-ins succeed.
 */
export const HARMLESS_OPTIONS = words(`
  AddKeysToAgent BatchMode CASignatureAlgorithms ChannelTimeout CheckHostIP ClearAllForwardings Compression ConnectionAttempts
  ControlMaster ControlPath ControlPersist DynamicForward EnableEscapeCommandline EnableSSHKeysign EscapeChar ExitOnForwardFailure
  FingerprintHash ForkAfterAuthentication ForwardAgent ForwardX11 ForwardX11Timeout ForwardX11Trusted GatewayPorts
  GSSAPIAuthentication GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms GSSAPIKeyExchange GSSAPIRenewalForcesRekey
  GSSAPIServerIdentity GSSAPITrustDns HostbasedAcceptedAlgorithms HostbasedAuthentication IPQoS KbdInteractiveAuthentication
  KbdInteractiveDevices LocalCommand LocalForward LogLevel LogVerbose NoHostAuthenticationForLocalhost NumberOfPasswordPrompts
  ObscureKeystrokeTiming PasswordAuthentication PermitLocalCommand PermitRemoteOpen PKCS11Provider ProxyUseFdpass
  PubkeyAcceptedAlgorithms RekeyLimit RemoteForward RequestTTY SecurityKeyProvider SendEnv ServerAliveCountMax SetEnv StdinNull
  StreamLocalBindMask StreamLocalBindUnlink StrictHostKeyChecking SyslogFacility TCPKeepAlive Tunnel TunnelDevice UpdateHostKeys
  UseKeychain VerifyHostKeyDNS VersionAddendum VisualHostKey WarnWeakCrypto XAuthLocation`);

interface Stop {
  /** Values that ask for nothing. */
  readonly isFine: (value: string) => boolean;
  /** What to do about the others. */
  readonly advice: string;
}

const isAny =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value.toLowerCase());

const DIRECT = 'Run "servonaut connect" on a machine that reaches the server directly.';
const BY_KEY = 'Servonaut logs in by public key only: allow that for this server.';

/** Options without which another machine would be reached, as somebody else, by a key that the operator does not trust, or to run something else. */
export const STOPPING_OPTIONS: Readonly<Record<string, Stop>> = {
  BindAddress: { isFine: isAny('none'), advice: DIRECT },
  BindInterface: { isFine: isAny('none'), advice: DIRECT },
  // What ssh has resolved names the host already; this is for machines without ssh.
  CanonicalizeHostname: {
    isFine: isAny('no', 'false', 'none'),
    advice: 'Install ssh(1), or give the whole name as HostName.',
  },
  CertificateFile: { isFine: isAny('none'), advice: 'Use a key that the server knows without a certificate.' },
  IdentityAgent: {
    isFine: (value) => !value.startsWith('$'),
    advice: 'Give the path of the socket, or SSH_AUTH_SOCK.',
  },
  KnownHostsCommand: { isFine: isAny('none'), advice: 'Put what it prints into a known_hosts file.' },
  PreferredAuthentications: { isFine: (value) => value.split(',').includes('publickey'), advice: BY_KEY },
  ProxyCommand: { isFine: isAny('none'), advice: DIRECT },
  ProxyJump: { isFine: isAny('none'), advice: DIRECT },
  PubkeyAuthentication: { isFine: (value) => !isAny('no', 'false')(value), advice: BY_KEY },
  RefuseConnection: { isFine: () => false, advice: 'The operator wants no connection to this server.' },
  RemoteCommand: {
    isFine: isAny('none'),
    advice: 'Name the server anew without it: commands of agents would not be run by it.',
  },
  SessionType: {
    isFine: isAny('default'),
    advice: 'Name the server anew without it: only a default session runs commands.',
  },
};

/**
 * Refuses what would be obeyed by ssh(1) and cannot be here.
 * @param server its name in the inventory, since the error may go to an agent
 * @throws ServonautError `ssh_config_unsupported` naming the option and what to do
 */
export function checkSupported(server: string, options: SshOptions): void {
  for (const [option, { isFine, advice }] of Object.entries(STOPPING_OPTIONS)) {
    const value = options.get(option.toLowerCase())?.[0];
    if (value === undefined || isFine(value)) continue;
    throw new ServonautError('ssh_config_unsupported', {
      message: `The SSH configuration of ${server} sets ${option} in a way that is not supported.`,
      nextStep: advice,
      facts: { option },
    });
  }
}
