/** Where a value stands. No template has it: control characters are refused. */
const VALUE = '\0';

/** What stands before the name of a command without being one. */
const BEFORE_A_COMMAND: ReadonlySet<string> = new Set(
  '{ } ! if then elif else while until do time exec command builtin env nohup sudo doas'.split(' '),
);

/** Shells, which read an argument as a command, also when another program starts them. */
const SHELLS: ReadonlySet<string> = new Set('eval sh ash bash dash ksh mksh rbash zsh fish csh tcsh'.split(' '));

/** Commands that hand their arguments to a shell, or evaluate them as one does. */
const SECOND_READERS: ReadonlySet<string> = new Set(
  '. source trap alias let declare typeset local readonly unset read mapfile readarray [[ ssh su runuser watch script parallel'.split(
    ' ',
  ),
);

/**
 * Finds the mistakes by which a quoted value would be a command all the same. It knows the shells and what comes with them, and cannot know what any
 * other program makes of its arguments: the quoting is the defence, and this keeps an author from leading around it.
 * @param literals the author's text between the values, in which quoting has been found to hold
 * @returns what is wrong, undefined when nothing is known to be
 */
export function secondReading(literals: readonly string[]): string | undefined {
  const unquoted = literals.join(VALUE).replaceAll(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gu, '_');
  if (/[<>]\s*[^\s<>&;|()]*\0/u.test(unquoted)) return 'a value cannot say where input comes from or output goes';
  for (const command of unquoted.split(/[;|&()]+/u)) {
    const fault = faultOf(wordsOf(command));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function wordsOf(command: string): string[] {
  return command
    .replaceAll(/[<>]+\s*[^\s<>]+/gu, ' ')
    .split(/\s+/u)
    .filter((word) => word !== '');
}

function faultOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => !isBeforeACommand(word));
  const name = words[at] ?? '';
  if (words.slice(0, at === -1 ? undefined : at).some((word) => isAssignment(word) && word.includes(VALUE)))
    return 'a value cannot be assigned to a variable';
  if (name.includes(VALUE)) return 'a value cannot be the name of a command, or part of it';
  const reader = SECOND_READERS.has(programOf(name)) ? name : words.find((word) => SHELLS.has(programOf(word)));
  return (
    reader && `${reader} would read a value as a command once more: put what it is to do into a script on the server`
  );
}

function isBeforeACommand(word: string): boolean {
  return BEFORE_A_COMMAND.has(word) || isAssignment(word) || word.startsWith('-');
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*\+?=/u.test(word);
}

function programOf(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}
