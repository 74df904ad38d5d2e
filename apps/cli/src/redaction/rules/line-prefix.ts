/** What programs put before the lines of others: grep, diff, `cat -n`, the shell's trace and history, the journal, compose and kubectl. */
const MARKED =
  /(?:[^\s:=]{1,256}:[0-9]{1,9}[:-]|[^\s:=]{1,256}-[0-9]{1,9}-|\+{1,4}|-(?=[A-Za-z_"'<{}\]]|[ \t]{2})|[<>] |\s{0,16}[0-9]{1,9}(?:[\t:]|  )|: [0-9]{6,12}:[0-9]{1,9};|[A-Z][a-z]{2} {1,2}[0-9]{1,2} [0-9:]{8} \S{1,128} [^\s:]{1,128}: |[0-9]{4}-[0-9]\d-\d\dT\S{8,24} (?:std(?:out|err) [FP] )?|\[[\w/.-]{1,256}\] |[\w.-]{1,128} {1,64}\| |\/[^\s:=]{1,256}:)?/y;
/** What may stand before a name that is the first of its line. */
const LEADING =
  /[\s;#$]{0,128}(?:[+~-] )?\s{0,16}(?:(?:export|declare -x|typeset -x|readonly|local|set -g?x|setenv|setx?|env|arg|fastcgi_param|-e|const|let|var|def|config set|Env(?:ironment)?=)[ \t]{0,8})?(?:- )?(?:["'[:$]|env\[){0,3}/iy;

/** How long what stands before a line of somebody else's is, and how far it goes before its first name. */
export function linePrefix(text: string): number {
  const marked = markEnd(text);
  LEADING.lastIndex = marked;
  return marked + (LEADING.exec(text)?.[0].length ?? 0);
}

/** Where the line itself begins, behind what a program has put before it. */
export function markEnd(text: string): number {
  MARKED.lastIndex = 0;
  return MARKED.exec(text)?.[0].length ?? 0;
}
