/** Names whose values are secrets, whatever they look like. */
const NAME =
  'pass(?:word|wd|phrase|code)|secret|token|credential|authorization|cookie|(?:api|private|access|encryption|signing|master|account)[-_]?key';

/** Of a member of an object, of a variable, or of a header. */
const SECRET_NAME = new RegExp(`${NAME}|(?:^|[-_])(?:pass|pwd)$`, 'i');
const SECRET_OPTION = new RegExp(`^-{1,2}[\\w-]{0,64}(?:${NAME}|pass)$`, 'i');

/** A value as a shell, JSON or YAML has it, without its quotes. One without an end reaches as far as it may. */
const DOUBLE = String.raw`"((?:[^"\\]|\\[^]){1,4096})`;
const ESCAPED = String.raw`\\{1,3}["']([^"'\\]{1,4096})`;
const VALUE = String.raw`(?:${DOUBLE}|'([^']{1,4096})|${ESCAPED}|([^\s"'&;|]{1,4096}))`;
/** Of an option, together or apart. */
const GIVEN = String.raw`[\s=]{0,8}${VALUE}`;

/** A name and a password. */
const USER = String.raw`(?:"[^":]{1,256}:([^"]{1,1024})|'[^':]{1,256}:([^']{1,1024})|[^\s"':]{1,256}:([^\s"']{1,1024}))`;

/**
 * What stands in the last group of each is a secret. Each repetition is bounded, and what follows one begins with what it has not: the time is that of
 * the text, however it was made.
 */
const WORDS: readonly RegExp[] = [
  // password=…, "password": "…", X-Api-Key: …, <password>…
  String.raw`(?:${NAME}|pass|pwd)(?:s|[-_.][\w.-]{0,32})?\\{0,3}["']?(?:\s{0,8}[:=]{1,2}>?\s{0,8}|>)${VALUE}`,
  // --password …, ALTER USER u PASSWORD '…'
  String.raw`(?:${NAME}|pass)\s{1,8}(?![-=:>])${VALUE}`,
  String.raw`(?:authorization|cookie)["']?\s{0,8}:\s{0,8}["']?([^"'\r\n]{1,4096})`,
  String.raw`\b(?:bearer|basic)\s{1,8}([\w.~+/=-]{8,4096})`,
  String.raw`:\/\/[^\s/:@"']{0,256}:([^\s/@"']{1,1024})@`,
  String.raw`\b[^\s:"']{1,64}:([^\s"'|]{1,1024})["']?\s{0,8}\|\s{0,8}(?:sudo\s{1,8})?chpasswd\b`,
].map((source) => new RegExp(source, 'gid'));

/** Options that are for a password with these programs, and for something else with others. */
const OPTIONS: readonly RegExp[] = [
  of('sshpass', `-p${GIVEN}`),
  of('(?:mysql|mariadb)[a-z-]{0,16}|7za?', `-p${VALUE}`),
  of('mongo[a-z]{0,8}|(?:docker|podman|helm|oras|az)\\s{1,8}(?:registry\\s{1,8})?login', `-p${GIVEN}`),
  of('sqlcmd|unzip|zip', `-P${GIVEN}`),
  of('redis-cli', `-a${GIVEN}`),
  of('ldap[a-z]{3,16}', `-w${GIVEN}`),
  of('curl', String.raw`(?:-[a-zA-Z]{0,8}[uU]|--(?:proxy-)?user)[\s=]{0,8}${USER}`),
];

function of(programs: string, option: string): RegExp {
  return new RegExp(String.raw`\b(?:${programs})\b(?:[^|;&\n]{0,1024}?\s)${option}`, 'gd');
}

export type Range = readonly [from: number, to: number];

/** Where the text names a secret. */
export function secretWords(text: string): Range[] {
  const found = [...WORDS, ...OPTIONS].flatMap((pattern) => [...text.matchAll(pattern)]);
  return found.map(({ indices }) => indices?.slice(1).findLast(Boolean) ?? [0, text.length]);
}

/** Whether what stands under the name is a secret. What is no text and holds none is not: it may say that there is none. */
export function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && value !== null && ['string', 'number', 'object'].includes(typeof value);
}

/** Whether the argument after it is a secret. */
export function isSecretOption(argument: unknown): boolean {
  return typeof argument === 'string' && SECRET_OPTION.test(argument);
}

const NAMES_IT: ReadonlySet<string> = new Set(['name', 'key', 'variable', 'header']);
const HOLDS_IT: ReadonlySet<string> = new Set(['value', 'values', 'default']);

/** The members that hold a secret because another one is its name, as in `{ name: 'DB_PASSWORD', value: '…' }`. */
export function namedMembers(members: readonly (readonly [string, unknown])[]): ReadonlySet<string> {
  const isNamed = members.some(
    ([name, value]) => NAMES_IT.has(name.toLowerCase()) && typeof value === 'string' && SECRET_NAME.test(value),
  );
  return new Set(isNamed ? members.map(([name]) => name).filter((name) => HOLDS_IT.has(name.toLowerCase())) : []);
}
