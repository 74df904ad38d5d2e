import { isAbout, isWeakName } from './secret-names.ts';

/** What stands where a secret would and is none. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(
  `true false null none nil undefined yes no on off ok n/a na unset empty missing invalid valid expired required optional changed disabled enabled redacted
  masked hidden removed set given default string number boolean object prompt ask failed failure success accepted rejected denied incorrect wrong mismatch
  authentication auth error for from the is was has not and or with by to of in at a an new old expected unexpected received sent got using used unknown
  updated created deleted added likewise rotated revoked refreshed generated loaded reset check checking please enter your again never always must cannot could value
  type name env file vault keychain keyring stdin write read inherit amd64 arm64 i386 armhf x86_64 aarch64 s390x ppc64el riscv64`.split(
    /\s+/,
  ),
);

const MARKS: ReadonlySet<string> = new Set('.,;:!?)]}"\'');

/** Longest value that is asked whether it is a word or code: nothing of more characters is. */
const LONGEST_PLAIN = 256;

/** Left for somebody to fill in, or filled in by a program: `***`, `${PASSWORD}`, `{{ password }}`, `%s`, `!vault`. */
const PLACEHOLDER =
  /^(?:!(?:vault|ref|sub|getatt|secret|env|include|reference|importvalue|file|cmd|terraformoutput)\b.*|[*x.•-]+|(?-i:\$[A-Z_]+)|\$[a-z_]*(?:pass|pwd|secret|token|key)[a-z_]*|\$?\{\{?[^}]*\}?\}?|\$\([\w.]* [^)]*\)|%\(?\w*\)?[sdv]|&\w{0,4};|[\s"'\\,;:=>|]*)$/i;
/** What a shell is to put there: the output of a command, variables in a row, a file in a folder that has a name. An ellipsis, and a comment. */
const EXPANSION =
  /^(?:[$]\([\w./-]+\s.*|(?:[\s\\~/:.,*_-]*\$(?:[A-Z_][A-Z0-9_]*|[0-9@*#?]|\{[^{}]*\}))+[\s~/:.,*-]*|\$\w+\/[\w.$/-]*(?:#.*)?|[\w-]{0,8}(?:\xe2\x80\xa6|\.{3})|#(?:\s.*)?)$/;
/** Between brackets there may be either: a word such as `<your-password>`, or what somebody has chosen. */
const BRACKETED = /^(?:<([^>]*)>|\[([^\]]*)\]|\$?\{([^{}$%]*)\}|\$\(([^)]*)\)|\(([^)]*)\))$/;

/** Whether it says that there is no secret, or stands for one. */
export function isPlainWord(value: string): boolean {
  if (value.length > LONGEST_PLAIN) return false;
  if (PLAIN_WORDS.has(withoutMarks(value).toLowerCase()) || EXPANSION.test(value)) return true;
  const within = BRACKETED.exec(value)
    ?.slice(1)
    .find((part) => part !== undefined);
  return within === undefined ? PLACEHOLDER.test(value) : value.startsWith('${') || !looksMade(within);
}

/** Without what ends a sentence. From the end: an expression would try each of many marks within the value. */
function withoutMarks(value: string): string {
  let end = value.length;
  while (end > 0 && MARKS.has(value.charAt(end - 1))) end--;
  return value.slice(0, end);
}

/** Whether it cannot be a word of a sentence. */
export function looksMade(value: string): boolean {
  if (value.length > LONGEST_PLAIN) return true;
  return (
    (value.length >= 6 && /[0-9]/.test(value) && /[A-Za-z]/.test(value) && !/^[0-9a-f:.]{2,39}$/i.test(value)) ||
    /^[0-9a-f]{32,39}$/i.test(value) ||
    (value.length >= 8 && /[a-z][A-Z]|[!#$%^&*+~]/.test(value) && !/^[A-Z]?[a-z]+(?:[A-Z][a-z]+)+$/.test(value))
  );
}

/** A part of a program, an address or a path rather than a value: `getToken()`, `config.password`, `/run/secrets/db`. */
const CODE =
  /^(?:[A-Za-z_][\w.$]*\(|(?:process|os|self|this|config|settings|env|ctx|req|request|response|params|options|props|args)\b[.[]|(?:https?|file):\/\/[^@?]*$|~?(?:\/[\w.-]+){2,}\/?$|[A-Za-z_$]+(?:\.[A-Za-z_$]+){2,}$)/;

/** How many or how long, rather than which. */
const COUNTED = /^[0-9]{1,7}(?:\.[0-9]+)?(?:ms|s|m|h|d|kb|mb|%)?$/i;

/** `kpasswd 464/tcp` in a list of services. */
const PORT = /^[0-9]{1,5}\/(?:tcp|udp|sctp|dccp)$/;

const VERSION = /^[v^~]?[0-9]{1,5}(?:\.[0-9]{1,5}){2}(?:-[\w.]{1,32})?$/;

/** Where a shell says or asks where it is: `PWD` and `OLDPWD`. */
const isDirectory = (name: string, value: string): boolean =>
  (/^(?:old)?pwd$/i.test(name) && value.startsWith('/')) ||
  (/^(?:OLD)?PWD$/.test(name) && /^(?:[$~\\]|pwd$)/.test(value));

/** `user:password`, where it is no address and no time. */
const isPair = (value: string): boolean => /^[^\s:/]{1,64}:[^\s:/]*[^\s:/0-9][^\s:]*$/.test(value);

/** Whether a name and its value, in a notation that is no prose, are of a secret. */
export const isNamed = (name: string, value: string): boolean => !isAbout(name) && isSecretValue(name, value);

/** The same where the name is known to be that of a secret. */
export function isSecretValue(name: string, value: string): boolean {
  if (value.length < 3) return false;
  if (value.length > LONGEST_PLAIN) return true;
  if (isPlainWord(value) || isDirectory(name, value)) return false;
  if ((CODE.test(value) && !/webhook_?url$/i.test(name)) || VERSION.test(value) || PORT.test(value)) return false;
  if (isWeakName(name)) return looksMade(value) || (/auth|creds?$/i.test(name) && isPair(value));
  return !(COUNTED.test(value) && /token|session|key|code|credential|^pass$/i.test(name));
}
