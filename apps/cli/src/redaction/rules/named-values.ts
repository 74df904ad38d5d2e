import { RE2JS } from 're2js';
import type { MatchedGroups, SecretRule } from '../secret-rule.ts';
import { isPlainWord } from './plain-words.ts';

/** Words in names whose values are secrets. */
const WORDS = [
  'password', 'passwd', 'passphrase', 'passcode', 'pwd', 'secret', 'token', 'credential', 'apikey', 'api_key', 'api-key', 'accesskey', 'access_key', 'access-key',
  'privatekey', 'private_key', 'private-key', 'authkey', 'auth_key', 'auth-key', 'encryptionkey', 'encryption_key', 'encryption-key', 'signingkey', 'signing_key', 'signing-key',
  'masterkey', 'master_key', 'master-key', 'secretkey', 'requirepass', 'masterauth', '_pass', '-pass', '.pass', 'dbpass', 'userpass', 'webhook_url', 'session_id', 'sessionid', '_salt',
]; // prettier-ignore

/** From the word on that says that it is secret: what stands before that in a name does not matter. */
const WORD_ON = String.raw`(?:(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|(?:api|access|private|auth|encryption|signing|master|secret)[_-]?key|requirepass|masterauth|webhook_url|session_?id|_salt)|(?:[_.-]|db|user)pass)[\w.-]*`;

/** What programs put before the lines of others: grep, diff, `cat -n`, the journal and compose. */
const MARKED = String.raw`(?:[^\s:=]+:[0-9]+[:-]|[+-]|\s*[0-9]+[\t:]|[A-Z][a-z]{2}\s{1,2}[0-9]{1,2}\s[0-9:]{8}\s\S+\s[^\s:]+:\s|[\w.-]+\s+\|\s)?`;

/** In quotes: where these are escaped themselves, up to the next that are no more so. */
export const QUOTED = String.raw`"((?:[^"\\]|\\.)+)|'((?:[^'\\]|\\.)+)|\\{1,3}"((?:[^"\\]|\\\\\\"|\\[^"])+)|\\{1,3}'((?:[^'\\]|\\[^'])+)`;

/** The whole name. */
export const NAME = String.raw`[\w.-]*${WORD_ON}`;

const isNameByte = (byte = 0): boolean =>
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  byte === 0x5f ||
  byte === 0x2d ||
  byte === 0x2e;

/** How far the name goes on, the quotes and the spaces behind it: each within a bound, since keywords may stand close to each other. */
function behindName(bytes: Uint8Array, end: number): number {
  let at = end;
  for (const last = end + 64; at < last && isNameByte(bytes[at]);) at++;
  for (const last = at + 12; at < last && [0x5c, 0x22, 0x27, 0x20, 0x09].includes(bytes[at] ?? 0);) at++;
  return at;
}

/** Whether a sign follows that gives a name its value: `=`, `:` or `>`. */
const isGiven = (bytes: Uint8Array, end: number): boolean =>
  [0x3d, 0x3a, 0x3e].includes(bytes[behindName(bytes, end)] ?? 0);

/** Whether the name is that of an option, and a value may follow. */
function isOption(bytes: Uint8Array, end: number): boolean {
  let at = end;
  for (const first = end - 64; at > first && isNameByte(bytes[at - 1]);) at--;
  return bytes[at] === 0x2d;
}

let secretName: RE2JS | undefined;

/** Names that are those of secrets only as a whole. */
const SHORT_NAMES: ReadonlySet<string> = new Set(['pass', 'psk', 'bindpw', 'rootpw']);

/** Whether a name says that its value is secret. */
export function isSecretName(name: string): boolean {
  if (SHORT_NAMES.has(name.toLowerCase())) return true;
  return !isAbout(name) && (secretName ??= RE2JS.compile(`(?i)${NAME}`)).matches(name);
}

/** Whether a member that stands under the name of a secret is one. */
export function isSecretMember(name: string, value: string): boolean {
  return isNamed(name, value);
}

/** Longest end of a name that is looked at, in characters. */
const LONGEST_END = 64;

/** Last words of names that say something of a secret, and are none. */
const ABOUT =
  /^(?:dir|url|uri|id|ids|keyid|len|size|ttl|expir\w*|age|policy|min|max|time|date|at|in|enabled|disabled|required|version|limit|limits|usage|used|arn|ref|store|manager|provider|endpoint|field|prompt|hint|attempts|mode|format|algorithm|alg|status|valid|rotation|audience|issuer|scope|header|bucket|index|class|service|controller|mount\w*|volume|namespace|kind|state|source|method|mechanism|rounds|digest|bits|set|exists|change\w*|reset\w*|sha256|review\w*|request\w*|response\w*|\w*(?:tokens|passwords|secrets|credentials|file|path|name|type|count|length))$/i;
/** Names that end so and are those of secrets all the same. */
const NOT_ABOUT = /(?:secret|session)_?id$|webhook_?url$/i;

function isAbout(name: string): boolean {
  const words = name.slice(-LONGEST_END).replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return ABOUT.test(words.split(/[_.-]/).at(-1) ?? '') && !NOT_ABOUT.test(words);
}

/** Where a shell that prints where it is does so: `PWD` and `OLDPWD`. */
const isDirectory = (name: string, value: string): boolean => /^(?:old)?pwd$/i.test(name) && value.startsWith('/');

/** How many or how long, rather than which. */
const COUNTED = /^[0-9]{1,7}(?:\.[0-9]+)?(?:ms|s|m|h|d|kb|mb|%)?$/i;

/** Whether a name and its value, in a notation that is no prose, are of a secret. */
export function isNamed(name: string, value: string): boolean {
  return (
    value.length >= 3 &&
    !isAbout(name) &&
    !isPlainWord(value) &&
    !(COUNTED.test(value) && /token|session|key|^pass$/i.test(name)) &&
    !isDirectory(name, value) &&
    (!isCode(value) || /webhook_?url$/i.test(name))
  );
}

/** A part of a program, an address or a path rather than a value: `getToken()`, `config.password`, `/run/secrets/db`. */
function isCode(value: string): boolean {
  return /^[\w.$]+\(|^(?:process|os|self|this|config|settings|env|ctx|req|request|response|params|options|props|args)\b[.[]|^(?:https?|file):\/\/[^@?]*$|^~?(?:\/[\w.-]+){2,}\/?$|^[A-Za-z_$]+(?:\.[A-Za-z_$]+){2,}$/.test(
    value,
  );
}

/** Whether it cannot be a word of a sentence. */
export function looksMade(value: string): boolean {
  return (
    (value.length >= 6 && /[0-9]/.test(value) && /[A-Za-z]/.test(value) && !/^[0-9a-f:.]{2,39}$/i.test(value)) ||
    (value.length >= 8 && /[a-z][A-Z]|[!#$%^&*+~]/.test(value) && !/^[A-Z]?[a-z]+(?:[A-Z][a-z]+)+$/.test(value))
  );
}

/** Of a list of names and values the first value. */
const listed = (value: string): string =>
  /[,;&]\w{1,64}[=:]/.test(value) ? (/^[^,;&]*/.exec(value)?.[0] ?? '') : value;

/** `export NAME=…`, up to the end of the line: nothing follows a value there. */
const acceptsLine = ([, name = '', , quoted, bare]: MatchedGroups): boolean =>
  isNamed(name, quoted ?? bare?.trim() ?? '');

/** Somewhere in a line. Behind a colon or between words it has to look like more than a word. */
function acceptsInline([, name = '', sign = '', ...values]: MatchedGroups): boolean {
  const bare = values.at(-1) ?? '';
  const quoted = values.slice(0, -1).find((value) => value !== undefined);
  if (quoted !== undefined) return isNamed(name, quoted);
  return isNamed(name, bare) && (!/[:\s]/.test(sign) || looksMade(bare));
}

/** Values under names that say that they are secret: in configuration, in environments, in what programs log. */
export const NAMED_VALUES: readonly SecretRule[] = [
  {
    kind: 'named-secret',
    keywords: WORDS,
    isNear: isGiven,
    pattern: String.raw`(?i)^${MARKED}\s{0,64}(?:export\s{1,8}|declare\s-x\s|set\s|setx\s|Environment=|-\s|-e\s)?["']?(${NAME})(["']?=)(?:"((?:[^"\\]|\\.)+)"?|'([^']+)'?|([^\s"'][^\n]*))$`,
    accepts: ([, name, sign, double, single, bare]) => acceptsLine([undefined, name, sign, double ?? single, bare]),
    source: 'environ(7), env files, systemd.exec(5)',
  },
  {
    kind: 'named-secret',
    keywords: WORDS,
    isNear: isGiven,
    pattern: String.raw`(?i)^${MARKED}\s{0,64}(?:-\s)?["']?(${NAME})(["']?:\s{1,16})(?:"((?:[^"\\]|\\.)+)"?|'([^']+)'?|([^\s"'#]\S*))\s{0,64}(?:[,#][^\n]*)?$`,
    accepts: ([, name, sign, double, single, bare]) => acceptsLine([undefined, name, sign, double ?? single, bare]),
    source: 'YAML, properties, JSON over several lines',
  },
  {
    kind: 'named-secret',
    keywords: WORDS,
    isNear: isGiven,
    pattern: String.raw`(?i)(${WORD_ON})(\\{0,3}["']?\s{0,8}(?::=|=>|==?|:)\s{0,8}|>)(?:${QUOTED}|([^\s"'&;,<>|(){}\[\]\\]+))`,
    accepts: acceptsInline,
    source: 'JSON, queries of addresses, libpq and ADO connection strings, XML, logfmt',
  },
  {
    kind: 'named-secret',
    keywords: WORDS,
    isNear: isGiven,
    pattern: String.raw`(?i)(?:^|[\s"'])[\w.-]*(${WORD_ON})=([^\s"']+)`,
    accepts: ([, name = '', value = '']) => isNamed(name, listed(value)),
    source: 'environments and logfmt: a value that no address holds goes on up to a space',
  },
  {
    kind: 'named-secret',
    keywords: WORDS,
    isNear: isOption,
    pattern: String.raw`(?i)\s(--?${NAME})(\s{1,4})(?:"([^"]+)|'([^']+)|([^\s"'-]\S*))`,
    accepts: ([, name = '', , ...values]) => isNamed(name, values.findLast((value) => value !== undefined) ?? ''),
    source: 'options of programs, as ps shows them',
  },
  {
    kind: 'named-secret',
    keywords: ['password', 'secret'],
    pattern: String.raw`^\s{0,64}(?:(?:login\s\S{1,64}|enable|username\s\S{1,64}(?:\sprivilege\s[0-9]{1,2})?)\s)?(?:password|secret)\s(?:[0-9]\s)?(\S{3,})\s*$`,
    accepts: ([, value = '']) => !isPlainWord(value),
    source: 'netrc(5) over several lines, configuration of switches',
  },
];
