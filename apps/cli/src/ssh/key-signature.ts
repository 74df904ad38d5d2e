import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { ParsedKey } from 'ssh2';
import { sshNumber, sshString } from './ssh-wire.ts';

const HASHES: Readonly<Record<string, string | null>> = {
  'ssh-ed25519': null,
  'rsa-sha2-512': 'sha512',
  'rsa-sha2-256': 'sha256',
  'ssh-rsa': 'sha1',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

function rawSignature(key: KeyObject, hash: string | null, data: Buffer): Buffer {
  if (key.asymmetricKeyType !== 'ec') return sign(hash, data, key);
  const both = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  const half = both.length / 2;
  return Buffer.concat([sshNumber(both.subarray(0, half)), sshNumber(both.subarray(half))]);
}

/**
 * Signs with a private key of ours.
 * @param algorithm of the signature (RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709)
 * @returns the signature with its type
 */
export function keySignature(key: ParsedKey, algorithm: string, data: Buffer): Buffer {
  const hash = HASHES[algorithm];
  if (hash === undefined) throw new Error(`no signatures of ${algorithm}`);
  const raw = rawSignature(createPrivateKey(key.getPrivatePEM()), hash, data);
  return Buffer.concat([sshString(algorithm), sshString(raw)]);
}
