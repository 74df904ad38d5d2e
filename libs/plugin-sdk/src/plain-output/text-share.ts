/** Bytes of which more than this part is not UTF-8 are no text. */
const INVALID_PART = 0.1;

/** Whether what was decoded as UTF-8 was no text, for the most part. */
export function isMostlyInvalid(text: string): boolean {
  let invalid = 0;
  for (let at = text.indexOf('\uFFFD'); at >= 0; at = text.indexOf('\uFFFD', at + 1)) invalid++;
  return invalid > text.length * INVALID_PART;
}
