/**
 * Words in names whose values are secrets. Nothing in it is repeated, so that looking for them takes time that is linear in the text, in an expression of
 * JavaScript, too.
 */
const WORD = String.raw`passw(?:or[dt])?|passphrase|passcode|kennwort|pwd|secret|token|credential|(?:api|access|private|auth|encryption|enc|signing|master|secret|hmac|jwt|storage|deploy|subscription|functions|client|app|admin|license)[_-]?key|requirepass|masterauth|webhook_url|(?:php|j)?session_?id|phpsessid|_salt|(?:[_.-]|db|user|ssh|key|store)pass|[_-]pw(?![a-z])|[_-]auth(?![a-z])|basicauth|creds|[_-]pat(?![a-z])|(?:auth|access)_?code|sonar[._]login|snyk_key|(?<![a-z])(?:pass|psk|bindpw|rootpw|pw|otp|auth)(?![a-z])`;

/** The same for the scan of all text: each begins with what a word above begins with. In lower case. */
export const NAME_KEYWORDS: readonly string[] = [
  'passw', 'passphrase', 'passcode', 'kennwort', 'pwd', 'secret', 'token', 'credential', 'requirepass', 'masterauth', 'webhook_url', 'sessionid', 'session_id', 'phpsessid', '_salt',
  ...['api', 'access', 'private', 'auth', 'encryption', 'enc', 'signing', 'master', 'hmac', 'jwt', 'storage', 'deploy', 'subscription', 'functions', 'client', 'app', 'admin', 'license'].flatMap((of) => [`${of}key`, `${of}_key`, `${of}-key`]),
  '_pass', '-pass', '.pass', 'dbpass', 'userpass', 'sshpass', 'keypass', 'storepass', '_pw', '-pw', '_auth', '-auth', 'basicauth', 'creds', '_pat', '-pat', 'authcode', 'auth_code', 'accesscode', 'access_code', 'sonar_login', 'sonar.login', 'snyk_key',
  'pass=', 'pass:', 'pass"', "pass'", 'pass =', 'psk', 'bindpw', 'rootpw', 'pw=', 'pw:', 'pw"', 'otp=', 'otp:', 'otp"', 'auth=', 'auth:',
]; // prettier-ignore

const NEXT_WORD = new RegExp(WORD, 'gi');
const SECRET_WORD = new RegExp(WORD, 'i');

/** The next such word from a place in a text on. */
export function nextSecretWord(text: string, from: number): RegExpExecArray | null {
  NEXT_WORD.lastIndex = from;
  return NEXT_WORD.exec(text);
}

export const hasSecretWord = (text: string): boolean => SECRET_WORD.test(text);

/** Words that are those of a secret only before a value that nobody would write otherwise. */
const WEAK =
  /(?:app|admin|client|license|storage)[_-]?key$|(?:^|[_-])(?:pat|otp|auth|pw|creds?)$|basicauth$|_?code$|sonar[._]login$/i;
const STRONG = /(?:redis|http)[_-]?auth$|db[_-]?pw$|(?:smtp|imap|db|mail|ssh|become|sudo)[_-]?pass$|[a-z0-9]_pass$/i;

/** Whether more is to be asked of the value than that it is no plain word. */
export const isWeakName = (name: string): boolean => WEAK.test(lastOf(name)) && !STRONG.test(lastOf(name));

/** Longest end of a name that is looked at, in characters. */
const LONGEST_END = 64;

const lastOf = (name: string): string => name.slice(-LONGEST_END);

/** Last words of names that say something of a secret, and are none. */
const ABOUT =
  /^(?:dir|uri|id|ids|keyid|len|size|ttl|expir\w*|age|policy|min|max|time|date|at|in|enabled|disabled|required|version|limit|limits|usage|used|arn|ref|store|manager|provider|endpoint|field|prompt|hint|attempts|mode|format|algorithm|alg|status|valid|rotation|audience|issuer|scope|header|bucket|index|class|service|controller|mount\w*|volume|namespace|kind|state|source|method|mechanism|rounds|digest|bits|set|exists|change\w*|reset\w*|sha256|local|host|sock\w*|plugin|authentication|search|repeat|pattern|urls?|review\w*|request\w*|response\w*|\w*(?:tokens|passwords|secrets|credentials|file|path|name|type|count|length))$/i;
/** Names that end so and are those of secrets all the same. */
const NOT_ABOUT = /(?:secret|session)_?id$|webhook_?url$/i;

/** Whether a name is of what belongs to a secret, such as its path or its age. */
export function isAbout(name: string): boolean {
  const words = lastOf(name).replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return ABOUT.test(words.split(/[_.-]/).at(-1) ?? '') && !NOT_ABOUT.test(words);
}

/** Whether a name says that its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(name) && /^[\w.-]*$/.test(name) && !isAbout(name);
}
