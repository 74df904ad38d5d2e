import { ServonautError } from '@servonaut/contracts';
import { HOME_OF_USER } from './home-path.ts';
import type { SshOptions } from './ssh-options.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Options of ssh_config(5) that count as for ssh(1): by `ssh -G`, which resolves some of them, or by the connect. */
export const HONOURED_OPTIONS = words(`
  AddressFamily BindAddress BindInterface CanonicalDomains CanonicalizeFallbackLocal CanonicalizeMaxDots CanonicalizePermittedCNAMEs
  CertificateFile Ciphers ConnectTimeout ForwardAgent GlobalKnownHostsFile HashKnownHosts Host HostKeyAlgorithms HostKeyAlias Hostname
  IdentitiesOnly IdentityAgent IdentityFile IgnoreUnknown Include KexAlgorithms MACs Match Port ProxyCommand ProxyJump
  PubkeyAcceptedAlgorithms RequiredRSASize RevokedHostKeys SendEnv ServerAliveCountMax ServerAliveInterval SetEnv StrictHostKeyChecking Tag User
  UserKnownHostsFile`);

/**
 * Options without effect, because the connect is at least as strict whatever they say (StrictHostKeyChecking, CheckHostIP, VerifyHostKeyDNS:
 * the key has to be on record for the name), because they are about what it never does (passwords, prompts, GSSAPI, forwarding, terminals,
 * sharing a connection), or because nothing depends on them but speed, looks, and which log-ins succeed.
 */
export const HARMLESS_OPTIONS = words(`
  AddKeysToAgent BatchMode CASignatureAlgorithms ChannelTimeout CheckHostIP ClearAllForwardings Compression ConnectionAttempts
  ControlMaster ControlPath ControlPersist DynamicForward EnableEscapeCommandline EnableSSHKeysign EscapeChar ExitOnForwardFailure
  FingerprintHash ForwardX11 ForwardX11Timeout ForwardX11Trusted GatewayPorts
   GSSAPIClientIdentity GSSAPIDelegateCredentials GSSAPIKexAlgorithms GSSAPIKeyExchange GSSAPIRenewalForcesRekey
  GSSAPIServerIdentity GSSAPITrustDns HostbasedAcceptedAlgorithms HostbasedAuthentication IPQoS KbdInteractiveAuthentication
  KbdInteractiveDevices LocalCommand LocalForward LogLevel LogVerbose NoHostAuthenticationForLocalhost NumberOfPasswordPrompts
  ObscureKeystrokeTiming PasswordAuthentication PermitLocalCommand PermitRemoteOpen   RekeyLimit RemoteForward RequestTTY StdinNull
  StreamLocalBindMask StreamLocalBindUnlink  SyslogFacility TCPKeepAlive Tunnel TunnelDevice UpdateHostKeys
  UseKeychain VerifyHostKeyDNS VersionAddendum VisualHostKey WarnWeakCrypto XAuthLocation`);

interface Beyond {
  /** Values that ask for nothing. */
  readonly isFine: (value: string, options: SshOptions) => boolean;
}

const isAny =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value.toLowerCase());

const isNone = isAny('none');
const isOff = isAny('no', 'false', 'none');

const allowsKeys = (options: SshOptions) =>
  !isOff(options.get('pubkeyauthentication')?.[0] ?? 'yes') &&
  prefersKeys(options.get('preferredauthentications')?.[0]);

const prefersKeys = (list = 'publickey') => list.split(',').includes('publickey');

/** Options that ssh(1) alone can do, which is then what commands are run by. */
export const OPENSSH_OPTIONS: Readonly<Record<string, Beyond>> = {
  GSSAPIAuthentication: { isFine: (value, options) => isOff(value) || allowsKeys(options) },
  KnownHostsCommand: { isFine: isNone },
  PKCS11Provider: { isFine: isNone },
  ProxyUseFdpass: { isFine: isOff },
  SecurityKeyProvider: { isFine: isAny('internal') },
};

interface Stop extends Beyond {
  /** What to do about the others. */
  readonly advice: string;
}

const BY_KEY = 'Servonaut logs in by public key, or by GSSAPI through ssh(1): allow that for this server.';

/** Without GSSAPI there is no other way to log in. */
const isByTicket = (options: SshOptions) => !isOff(options.get('gssapiauthentication')?.[0] ?? 'no');

/** Options without which another machine would be reached, as somebody else, by a key that the operator does not trust, or to run something else. */
export const STOPPING_OPTIONS: Readonly<Record<string, Stop>> = {
  // What ssh has resolved names the host already; this is for machines without ssh.
  CanonicalizeHostname: { isFine: isOff, advice: 'Install ssh(1), or give the whole name as HostName.' },
  ForkAfterAuthentication: {
    isFine: isOff,
    advice: 'Name the server anew without it: ssh(1) would leave a connection behind that nobody ends.',
  },
  PreferredAuthentications: { isFine: (value, options) => prefersKeys(value) || isByTicket(options), advice: BY_KEY },
  PubkeyAuthentication: { isFine: (value, options) => !isOff(value) || isByTicket(options), advice: BY_KEY },
  RefuseConnection: { isFine: () => false, advice: 'The operator wants no connection to this server.' },
  RemoteCommand: {
    isFine: isNone,
    advice: 'Name the server anew without it: commands of agents would not be run by it.',
  },
  SessionType: {
    isFine: isAny('default'),
    advice: 'Name the server anew without it: only a default session runs commands.',
  },
};

/** They say what is run on a server, and nothing is run on a jump host. */
const OF_SESSIONS = new Set(['RemoteCommand', 'SessionType']);

/** Options that name files; in some of them `ssh -G` leaves `~user` as it is. */
const PATHS = words(`
  CertificateFile ForwardAgent GlobalKnownHostsFile IdentityAgent IdentityFile RevokedHostKeys UserKnownHostsFile`);

function asked<Kind extends Beyond>(table: Readonly<Record<string, Kind>>, options: SshOptions): [string, Kind][] {
  return Object.entries(table).filter(([option, { isFine }]) => {
    const value = options.get(option.toLowerCase())?.[0];
    return value !== undefined && !isFine(value, options);
  });
}

/** What the configuration asks for that only ssh(1) can do, by the options' names. */
export function beyondSsh2(options: SshOptions): string[] {
  return asked(OPENSSH_OPTIONS, options).map(([option]) => option);
}

/**
 * Refuses what would be obeyed by ssh(1) and cannot be here.
 * @param server its name in the inventory, since the error may go to an agent
 * @throws ServonautError `ssh_config_unsupported` naming the option and what to do
 */
export function checkSupported(server: string, options: SshOptions, isJumpHost = false): void {
  for (const [option, { advice }] of asked(STOPPING_OPTIONS, options)) {
    if (isJumpHost && OF_SESSIONS.has(option)) continue;
    throw new ServonautError('ssh_config_unsupported', {
      message: `The SSH configuration of ${server} sets ${option} in a way that is not supported.`,
      nextStep: advice,
      facts: { option },
    });
  }
  const option = PATHS.find((name) => options.get(name.toLowerCase())?.some((path) => HOME_OF_USER.test(path)));
  if (option === undefined) return;
  throw new ServonautError('ssh_config_unsupported', {
    message: `The SSH configuration of ${server} sets ${option} to a path in the home folder of a user (~user), which is not supported.`,
    nextStep: `Write the whole path in ${option}.`,
    facts: { option },
  });
}
