import { createPublicKey, hash, verify } from 'node:crypto';
import { ChainVerifier, type AuditFault, type AuditHead, type KeptLink } from '@servonaut/contracts';
import { textLines } from './text-lines.ts';

export interface VerificationOptions {
  /** An export of whole chains, in UTF-8. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Public keys by which heads are believed: 32 bytes each, in base64url. */
  readonly keys: readonly string[];
  readonly kept?: readonly KeptLink[];
  /** It is an export of all chains. */
  readonly isComplete?: boolean;
  readonly onHead?: (head: AuditHead) => void;
  readonly onFault: (fault: AuditFault) => void;
}

/** How much there was to verify. */
export interface Verification {
  readonly chains: number;
  readonly records: number;
  /** Why the export broke off, when it did: what came until then has been verified. */
  readonly brokenOff: Error | undefined;
}

/** Reads an export once, from the first byte to the last, and keeps nothing of it but what is wrong. */
export async function verifyAudit(options: VerificationOptions): Promise<Verification> {
  const { chunks, keys, kept, isComplete = false, onHead, onFault } = options;
  const verifier = new ChainVerifier({
    sha256: (text) => hash('sha256', text, 'base64url'),
    verifySignature: (kid, text, signature) => keys.includes(kid) && isSignedBy(kid, text, signature),
    isComplete,
    ...(kept && { kept }),
    ...(onHead && { onHead }),
    onFault,
  });
  const brokenOff = await takeAll(verifier, chunks);
  // Of an export that broke off it is known that the end is missing, and not that somebody has removed it.
  if (!brokenOff) verifier.end();
  return { chains: verifier.chains.size, records: verifier.records, brokenOff };
}

async function takeAll(verifier: ChainVerifier, chunks: AsyncIterable<Uint8Array>): Promise<Error | undefined> {
  try {
    for await (const line of textLines(chunks)) verifier.takeText(line);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** A head names its key by the key itself (docs/protocol/audit.md). */
function isSignedBy(x: string, text: string, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}
