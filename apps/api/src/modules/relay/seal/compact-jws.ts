import type { z } from 'zod';
import type { sealHeaderSchema } from '@servonaut/contracts';

/** Compact serialisation (RFC 7515 section 7.1). @param sign Ed25519 over the given bytes (RFC 8037 section 3.1) */
export function compactJws(
  header: z.infer<typeof sealHeaderSchema>,
  payload: string,
  sign: (bytes: Uint8Array) => Buffer,
): string {
  const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
  return `${input}.${sign(Buffer.from(input)).toString('base64url')}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
