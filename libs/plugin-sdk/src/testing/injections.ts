/** Ways out of a shell word that was not quoted, or not quoted well. `@` stands for the command that must not run. */
const ESCAPES = [
  '$(@)', '`@`', '; @', '| @', '|| @', '&& @', '& @', '\n@\n', '\r\n@\r\n', "'; @; '", "'$(@)'", '"; @; "', '"$(@)"', '"`@`"', "\\'; @; \\'", '\\"; @; \\"', '\\\n@\n',
  "'\\''; @; '\\''", '$((`@`))', '${x:-$(@)}', '${x:=`@`}', "$'\\n'@", '<(@)', '>(@)', '<<E\n$(@)\nE\n', '<<<$(@)', '{@,}', '(@)', '! @', '# \n@', '#\n@ #', '*; @', '~; @',
  '-e "$(@)"', '--; @', '-\n@', '=$(@)', 'x=$(@)', ') @ (', '}; @; {', 'esac; @', 'fi; @', 'done; @', ';; @', "x'\n@\n'", 'x"\n@\n"', "\\\\'; @ #", "'\\\n@ '", '\u2028@', '%s$(@)%n',
  '\\$(@)', '\\\\$(@)', "\\\\\\'; @; '", '\t@', '>/dev/null; @', '2>&1; @', '$IFS@', ';${IFS}@', "''; @; ''", '""; @; ""',
]; // prettier-ignore

/** Text around an escape, so that quoting is met in more than one state. */
const AROUND = [
  '',
  'x',
  ' ',
  "'",
  '"',
  '\\',
  '-',
  '/',
  '$',
  '`',
  '#',
  '\n',
  'é',
  '🙂',
  '%',
  '*',
  "'\\''",
  '$(',
  '${',
  '((',
  '--',
];

/**
 * Strings that run `command` when they reach a shell without proper quoting: `count` of them, the same ones for the same `seed`.
 * @param command something harmless that leaves a trace, such as `touch FILE`
 */
export function injectionStrings(command: string, count: number, seed = 1): string[] {
  const next = randomNumbers(seed);
  const pick = (choices: readonly string[]): string => choices[next() % choices.length] ?? '';
  return Array.from({ length: count }, (_, index) => {
    const escape = index < ESCAPES.length ? (ESCAPES[index] ?? '') : pick(AROUND) + pick(ESCAPES) + pick(AROUND);
    return escape.replaceAll('@', () => command);
  });
}

/** Lehmer's generator with the constants of Park and Miller: enough to choose test cases. */
function randomNumbers(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647);
}
