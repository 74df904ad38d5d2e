/**
 * The bytes of a base64url text in its one canonical form (RFC 7515 section 2, RFC 4648 section 3.5): no padding, no foreign characters, no stray
 * bits at the end. Whatever is signed or authenticated then has one spelling only.
 * @throws SyntaxError
 */
export function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new SyntaxError('not canonical base64url');
  return bytes;
}

/** JSON in base64url, as protected headers are. @throws SyntaxError */
export function jsonFromBase64url(text: string): unknown {
  return JSON.parse(fromBase64url(text).toString());
}
