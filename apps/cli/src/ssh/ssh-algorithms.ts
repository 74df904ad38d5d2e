import { ServonautError } from '@servonaut/contracts';
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';
import type { AlgorithmOption, SshTarget } from '../inventory/server.ts';
import { matchesWildcard } from '../inventory/wildcard.ts';

/** Host key algorithms by the key type that known_hosts records. An RSA key signs with SHA-2 only (RFC 8332). */
const HOST_KEY_ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

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

/**
 * What is offered to a server: never more than `TRANSPORT`, never what the operator's configuration does not allow.
 * @param recorded key types on record for the server, which are asked for first
 * @throws ServonautError `ssh_config_unsupported` when nothing of a kind is left
 */
export function sshAlgorithms(server: string, target: SshTarget, recorded: readonly string[]): Algorithms {
  const choose = <Name extends string>(option: AlgorithmOption, ours: readonly Name[]): Name[] => {
    const chosen = allowed(ours, target.algorithms[option]);
    if (chosen.length > 0) return [...chosen];
    throw new ServonautError('ssh_config_unsupported', {
      message: `The SSH configuration of ${server} sets ${option} to none that is supported.`,
      nextStep: `Allow one of ${ours.join(', ')}.`,
      facts: { option },
    });
  };
  const ciphers = choose('Ciphers', TRANSPORT.cipher);
  const hostKeys = choose('HostKeyAlgorithms', Object.values(HOST_KEY_ALGORITHMS).flat());
  const isRecorded = (name: ServerHostKeyAlgorithm) =>
    recorded.some((type) => HOST_KEY_ALGORITHMS[type]?.includes(name));
  return {
    kex: choose('KexAlgorithms', TRANSPORT.kex),
    // All that is allowed is safe, so that the fastest may come first.
    cipher: TRANSPORT.cipher.filter((name) => ciphers.includes(name)),
    hmac: choose('MACs', TRANSPORT.hmac),
    compress: TRANSPORT.compress,
    serverHostKey: [...hostKeys.filter(isRecorded), ...hostKeys.filter((name) => !isRecorded(name))],
  };
}
