import { ServonautError } from '@servonaut/contracts';
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';
import type { AlgorithmOption, SshTarget } from '../inventory/server.ts';
import { matchesWildcard } from '../inventory/wildcard.ts';
import { NO_LEGACY, type LegacyAlgorithms } from './legacy-algorithms.ts';

const SAFE_HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** SHA-1 comes last, and only where it is named (RFC 8332). All servers that know of SHA-2 know its shorter form. */
const RSA_SIGNATURES = ['rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa'];

/** Type of the key that an algorithm is for, as known_hosts records it. */
function keyTypeOf(algorithm: string): string {
  return RSA_SIGNATURES.includes(algorithm) ? 'ssh-rsa' : algorithm;
}

/** What RFC 9142 recommends or allows, without SHA-1 and without CBC; AES-GCM first since it is the fastest here. */
const TRANSPORT = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group-exchange-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} satisfies Algorithms;

/**
 * Of `ours`, those that the operator's configuration allows, in its order. `ssh -G` answers whole lists; the changes to a default list, in which
 * patterns may stand, are met where the file is read without it.
 */
function allowed<Name extends string>(ours: readonly Name[], list = '+'): readonly Name[] {
  const names = list.replace(/^[-+^]/, '').split(',');
  const listed = names.flatMap((pattern) => ours.filter((name) => matchesWildcard(pattern, name)));
  const others = ours.filter((name) => !listed.includes(name));
  switch (list[0]) {
    case '+':
      return ours;
    case '-':
      return others;
    case '^':
      return [...listed, ...others];
    default:
      return listed;
  }
}

/** A way to sign for a key: the type of the signature, and what the server is asked for. */
export interface SignatureAlgorithm {
  readonly signature: string;
  readonly algorithm: string;
}

/**
 * How a key of a type is offered: as the first that is accepted by `PubkeyAcceptedAlgorithms`, and after that with SHA-1 where that is named.
 * @param asked for the algorithm of a signature, what the server is asked for: another name for a certificate
 */
export function signatureAlgorithms(
  type: string,
  { algorithms }: Pick<SshTarget, 'algorithms'>,
  legacy: LegacyAlgorithms,
  asked: (signature: string) => string,
): readonly SignatureAlgorithm[] {
  const known = type === 'ssh-rsa' ? RSA_SIGNATURES : [type];
  const pairs = known.map((signature) => ({ signature, algorithm: asked(signature) }));
  const accepted = allowed(
    pairs.map(({ algorithm }) => algorithm),
    algorithms.PubkeyAcceptedAlgorithms,
  );
  const safe = pairs.filter(({ signature, algorithm }) => signature !== 'ssh-rsa' && accepted.includes(algorithm));
  const weak = pairs.filter(({ algorithm }) => legacy.PubkeyAcceptedAlgorithms.includes(algorithm));
  return [...safe.slice(0, 1), ...weak];
}

/**
 * What is offered to a server: never more than is considered safe and `legacy`, never what the operator's configuration does not allow.
 * @param recorded key types on record for the server, which are asked for first
 * @param legacy what the configuration names for this server
 * @throws ServonautError `ssh_config_unsupported` when nothing of a kind is left
 */
export function sshAlgorithms(
  server: string,
  target: SshTarget,
  recorded: readonly string[],
  legacy: LegacyAlgorithms = NO_LEGACY,
): Algorithms {
  const choose = <Name extends string>(option: AlgorithmOption, safe: readonly Name[]): Name[] => {
    const ours = [...safe, ...(legacy[option] as readonly Name[])];
    const chosen = allowed(ours, target.algorithms[option]);
    if (chosen.length > 0) return [...chosen];
    throw new ServonautError('ssh_config_unsupported', {
      message: `The SSH configuration of ${server} sets ${option} to none that is supported.`,
      nextStep: `Allow one of ${ours.join(', ')}.`,
      facts: { option },
    });
  };
  const ciphers = choose('Ciphers', TRANSPORT.cipher);
  const isFast = (name: string) => TRANSPORT.cipher.some((fast) => fast === name);
  const hostKeys = choose('HostKeyAlgorithms', SAFE_HOST_KEYS);
  const isRecorded = (name: string) => recorded.includes(keyTypeOf(name));
  return {
    kex: choose('KexAlgorithms', TRANSPORT.kex),
    // All of ours that is allowed is safe, so that the fastest may come first.
    cipher: [...TRANSPORT.cipher.filter((name) => ciphers.includes(name)), ...ciphers.filter((name) => !isFast(name))],
    hmac: choose('MACs', TRANSPORT.hmac),
    compress: TRANSPORT.compress,
    serverHostKey: [...hostKeys.filter(isRecorded), ...hostKeys.filter((name) => !isRecorded(name))],
  };
}
