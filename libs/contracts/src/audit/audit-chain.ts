import type { UnsignedAuditHead } from './audit-record.ts';
import { canonicalJson } from './canonical-json.ts';

/** Stands for the hash before the first record: 32 bytes of zero. */
export const NO_RECORD = 'A'.repeat(43);

/** SHA-256 of the text in UTF-8, in base64url without padding. Given by the platform, so that the chain means the same wherever the wire does. */
export type Sha256 = (text: string) => string;

/** Whether that key has made the signature over the text. False for a key that is not known. */
export type VerifySignature = (kid: string, text: string, signature: string) => boolean;

/**
 * The hash of a record: over the hash before it, a line feed, and the record in canonical form. The hash before has one length, so the two
 * cannot be cut differently.
 */
export function linkHash(sha256: Sha256, previous: string, canonicalRecord: string): string {
  return sha256(`${previous}\n${canonicalRecord}`);
}

/** What the signature of a head is over. */
export function headText({ signature: _, ...head }: UnsignedAuditHead): string {
  return `servonaut audit head\n${canonicalJson(head)}`;
}
