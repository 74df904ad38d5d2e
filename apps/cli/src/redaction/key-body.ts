/** As long as nothing but data in base64 or hexadecimal is. */
const DATA = /[A-Za-z0-9+/=_-]{16}/;
/** The last line of a body may be short; so may all of one that was folded. */
const ONLY_DATA = /^[^A-Za-z0-9+/=]{0,16}[A-Za-z0-9+/=]{0,76}(?:\\[nr])*["',;\s\\]{0,8}$/;
/** RFC 1421 section 4.6, RFC 4716 section 3.3, RFC 9580 section 6.2, the PuTTY manual. */
const HEADER =
  /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject|Encryption|Public-Lines|Private-Lines|Key-Derivation|Argon2-\w{1,16}|x-\w{1,16}):/i;

/** Whether a line behind the head of a private key may be part of it: also with a number, a name or a mark before it. */
export function isKeyBody(line: string): boolean {
  return DATA.test(line) || ONLY_DATA.test(line) || HEADER.test(line);
}
