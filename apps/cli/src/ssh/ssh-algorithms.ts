import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

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

/** @param recorded key types on record for the server, which are asked for first */
export function sshAlgorithms(recorded: readonly string[]): Algorithms {
  const types = [...recorded, ...Object.keys(HOST_KEY_ALGORITHMS)];
  const serverHostKey = [...new Set(types.flatMap((type) => HOST_KEY_ALGORITHMS[type] ?? []))];
  return { ...TRANSPORT, serverHostKey };
}
