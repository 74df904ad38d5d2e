import { createHash } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';

/** Fingerprint of a public key blob as OpenSSH shows it: `SHA256:` and unpadded base64. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Key type that a public key blob names, such as `ssh-ed25519` (RFC 4253 section 6.6).
 * @throws ServonautError `host_key_unknown` when the blob is not a public key.
 */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  if (length === 0 || length > 64 || key.length < 4 + length) {
    throw new ServonautError('host_key_unknown', { message: 'The server showed a host key that cannot be read.' });
  }
  return key.toString('latin1', 4, 4 + length);
}

/** Length of an RSA key in bits (RFC 4253 section 6.6: type, exponent, modulus); undefined for a key of another type. */
export function rsaBits(key: Buffer): number | undefined {
  if (keyType(key) !== 'ssh-rsa') return undefined;
  const fields: Buffer[] = [];
  for (let at = 0; at + 4 <= key.length; at += 4 + key.readUInt32BE(at)) {
    fields.push(key.subarray(at + 4, at + 4 + key.readUInt32BE(at)));
  }
  return BigInt(`0x0${fields[2]?.toString('hex') ?? ''}`).toString(2).length;
}
