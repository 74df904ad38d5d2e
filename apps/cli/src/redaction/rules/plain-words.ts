/** What stands where a secret would and is none. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(
  `true false null none nil undefined yes no on off ok n/a na unset empty missing invalid valid expired required optional changed disabled enabled redacted
  masked hidden removed set given default string number boolean object prompt ask failed failure success accepted rejected denied incorrect wrong mismatch
  authentication auth error for from the is was has not and or with by to of in at a an new old expected unexpected received sent got using used unknown
  updated created deleted rotated revoked refreshed generated loaded reset check checking please enter your again never always must cannot could value
  type name env file vault keychain keyring stdin write read inherit amd64 arm64 i386 armhf x86_64 aarch64 s390x ppc64el riscv64`.split(
    /\s+/,
  ),
);

const MARKS: ReadonlySet<string> = new Set('.,;:!?)]}"\'');

/** Left for somebody to fill in, or filled in by a program: `***`, `<password>`, `${PASSWORD}`, `{{ password }}`, `%s`. */
const PLACEHOLDER =
  /^(?:!\w+|[*x.•-]+|<[^>]*>|\[[^\]]*\]|(?-i:\$[A-Z_]+)|\$[a-z_]*(?:pass|pwd|secret|token|key)[a-z_]*|\$?\{[^}]*\}?\}?|\$\([^)]*\)|%\(?\w*\)?[sdv]|&\w{0,4};.*|\(.*\)|[\s"'\\,;:=]*)$/i;

/** Whether it says that there is no secret, or stands for one. */
export function isPlainWord(value: string): boolean {
  return PLAIN_WORDS.has(withoutMarks(value).toLowerCase()) || PLACEHOLDER.test(value);
}

/** Without what ends a sentence. From the end: an expression would try each of many marks within the value. */
function withoutMarks(value: string): string {
  let end = value.length;
  while (end > 0 && MARKS.has(value.charAt(end - 1))) end--;
  return value.slice(0, end);
}
