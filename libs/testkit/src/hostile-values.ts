/** Ways out of a word of a shell: of POSIX ones, bash, dash, zsh and fish. `@` stands for the command that must not run. */
// prettier-ignore
const WAYS_OUT = [
  '; @', '| @', '|| @', '&& @', '& @', '|& @', '\n@\n', '\r@\r', '\r\n@', '\u2028@', '\u0085@', '\0; @', '\t@', '\v@', '\u001b[200~@',
  '$(@)', '`@`', '$((`@`))', '$[$(@)]', '${x:-$(@)}', '${x:=`@`}', '${x@P}', '$(<@)', '<(@)', '>(@)', '=(@)', '$(($(@)))', 'a[$(@)]', '$IFS@',
  "'; @; '", "'$(@)'", "'\\''; @; '\\''", "\\'; @; \\'", "\\\\'; @; #", "$'\\n@\\n'", "$'\\x27; @; '", "'\n@\n'", "''; @; ''", "';@;'\\",
  '"; @; "', '"$(@)"', '"`@`"', '\\"; @; \\"', '$"; @; "', '"\n@\n"', '""; @; ""', '\\$(@)', '\\\\$(@)', '\\', '\\\\', '\\\\\\',
  '{@,}', '{a,b};@', '}; @; {', '{;@;}', '(@)', ') @ (', ');@;(', 'fi; @', 'done; @', 'esac; @', ';; @', '! @', '!!; @', '!-1', '^a^b', 'then @',
  '# \n@', '#', '<<E\n$(@)\nE\n', '<<<$(@)', '>/dev/null; @', '2>&1; @', '>RAN', '>>RAN', '>|RAN', '<>RAN', '&>RAN', '2>RAN', '>&RAN', '|tee RAN',
  '*; @', '*', '?', '[a-z]*', '~', '~root', '~; @', '**/*', '!(x)', '@(x|y)', '$HOME', '$0', '$$', '$?', '$!', '$*', '$@', '${#}', '%1', '%s$(@)%n', '%n%n',
  '-e "$(@)"', '--', '--; @', '-', '-n', '--help', '--version', '-c @', '-o ProxyCommand=@', '--exec=@', '-\n@', '+x', '@file', '=cmd', 'x=$(@)', 'IFS=;@',
  '(@);', '; and @', '; or @', 'begin; @; end', '; function x; @; end; x', '(echo (@))', '$status', 'set x (@)', '\\x27; @', "\\u0027; @; \\u0027",
  '\u02bc; @; \u02bc', '\uff07; @; \uff07', '\u2019; @; \u2019', '\uff1b @', '\uff04(@)', '\u202e@', '\ufeff@', 'e\u0301', '🙂', '𝓍', '\u00a0@', '\ud800; @', '\udfff', '日本語', '\u0000',
  '@', 'a b', ' ', '  a  ', '', "''", '""', "'", '"', '`', '$', ';', '&', '|', '<', '>', '(', ')', '{', '}', '[', ']', '!', '^', '=', '%', ',', ':',
];

/** What stands before and after, so that quoting is met in more than one state. */
const AROUND = [
  ...Array.from('abx01 \'"\\-/$`#é🙂%*({[!;&|<>~='),
  '',
  '',
  '',
  "'\\''",
  '$(',
  '${',
  '((',
  '--',
  "$'",
  '\\\\',
  '"\'"',
];

/** How often what is very long repeats itself. */
const REPEATED = [70, 300, 5_000];

/**
 * Values that run `command` when they reach a shell as anything but one argument, or are otherwise a nuisance: `count` of them, the same ones for the
 * same `seed`. Each way out stands alone once, then among others.
 * @param command something harmless that leaves a trace, such as `touch FILE`
 */
export function hostileValues(command: string, count: number, seed = 1): string[] {
  const next = randomNumbers(seed);
  const pick = (choices: readonly string[]): string => choices[next() % choices.length] ?? '';
  const mixed = (): string => {
    const value =
      pick(AROUND) + pick(WAYS_OUT) + pick(AROUND) + (next() % 2 === 0 ? pick(WAYS_OUT) : '') + pick(AROUND);
    return next() % 40 === 0 ? value.repeat(REPEATED[next() % REPEATED.length] ?? 1) : value;
  };
  return Array.from({ length: count }, (_, index) => (WAYS_OUT[index] ?? mixed()).replaceAll('@', () => command));
}

/** Lehmer's generator with the constants of Park and Miller: enough to choose test cases. */
function randomNumbers(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1;
  return () => (state = (state * 48_271) % 2_147_483_647);
}
