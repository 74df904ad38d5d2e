import { isMostlyInvalid, plainBytes, wholeEnd } from '@servonaut/plugin-sdk/plain-output';

/** What is shown of the bytes of a file. */
export interface ShownContent {
  readonly encoding: 'utf-8' | 'base64' | null;
  /** Null for bytes that are no text, unless they were asked for. */
  readonly content: string | null;
  /** Whether `content` is not to the byte what is in the file: control characters are left out, and bytes that are no UTF-8 replaced. */
  readonly altered: boolean;
}

/** Text as text whatever was asked for: secrets are taken out of text, and could not be of base64. */
export function shownContent(bytes: Buffer, wantsBase64: boolean, isCut: boolean): ShownContent {
  const whole = isCut ? bytes.subarray(0, wholeEnd(bytes)) : bytes;
  const written = whole.toString('utf8');
  if (whole.includes(0) || isMostlyInvalid(written))
    return wantsBase64
      ? { encoding: 'base64', content: whole.toString('base64'), altered: false }
      : { encoding: null, content: null, altered: false };
  const plain = plainBytes(whole).toString('utf8');
  const altered = !Buffer.from(plain).equals(whole);
  return { encoding: 'utf-8', content: plain, altered };
}
