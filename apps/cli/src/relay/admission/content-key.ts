import { createSecretKey, hash, type KeyObject } from 'node:crypto';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const ROUND = uint32(1);
/** AlgorithmID, empty PartyUInfo and PartyVInfo, SuppPubInfo: the length of the key in bits. */
const OTHER_INFO = Buffer.concat([uint32(7), Buffer.from('A256GCM'), uint32(0), uint32(0), uint32(256)]);

/**
 * Concat KDF of ECDH-ES in direct mode for A256GCM (RFC 7518 section 4.6.2): one round of SHA-256 is the whole key. In Node's own form, since
 * Node 24 takes 15 µs to look at a key that comes as bytes.
 */
export function contentKey(sharedSecret: Buffer): KeyObject {
  return createSecretKey(hash('sha256', Buffer.concat([ROUND, sharedSecret, OTHER_INFO]), 'buffer'));
}
