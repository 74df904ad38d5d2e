import { SshReader, sshString } from './ssh-wire.ts';

/** A certificate of OpenSSH (PROTOCOL.certkeys of its source): a public key with what an authority says of it. */
export interface SshCertificate {
  /** Type without the ending, such as `ssh-ed25519`. */
  readonly keyType: string;
  /** The certified public key as a key of its own. */
  readonly publicKey: Buffer;
  readonly kind: 'user' | 'host';
  /** Users or hosts that it is good for; none stands for all. */
  readonly principals: readonly string[];
  /** Seconds since the epoch. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Public key of the authority. */
  readonly authority: Buffer;
}

const ENDING = '-cert-v01@openssh.com';
const KINDS: Readonly<Record<number, SshCertificate['kind']>> = { 1: 'user', 2: 'host' };

/** Fields of the public key, by its type, between the nonce and the serial number. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

function strings(list: Buffer): string[] {
  const reader = new SshReader(list);
  const found: string[] = [];
  while (!reader.isAtEnd) found.push(reader.text());
  return found;
}

/** Undefined when the blob is no certificate, or one of a key that is not supported here, such as those of security keys. */
export function parseCertificate(blob: Buffer): SshCertificate | undefined {
  try {
    return read(new SshReader(blob), blob);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function read(reader: SshReader, blob: Buffer): SshCertificate | undefined {
  const type = reader.text();
  const keyType = type.slice(0, -ENDING.length);
  const fields = KEY_FIELDS[keyType];
  if (!type.endsWith(ENDING) || fields === undefined) return undefined;
  reader.string(); // nonce
  const start = reader.position;
  for (let field = 0; field < fields; field++) reader.string();
  const publicKey = Buffer.concat([sshString(keyType), blob.subarray(start, reader.position)]);
  reader.uint64(); // serial number
  const kind = KINDS[reader.uint32()];
  reader.string(); // key id
  const principals = strings(reader.string());
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()];
  for (const _ of ['critical options', 'extensions', 'reserved']) reader.string();
  const authority = reader.string();
  return kind && { keyType, publicKey, kind, principals, validAfter, validBefore, authority };
}

/** Type under which a certificate of a key, or a signature algorithm, goes over the wire. */
export function certified(type: string): string {
  return `${type}${ENDING}`;
}
