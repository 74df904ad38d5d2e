import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyCommand } from './classify-command.ts';
import { loadCommandTable } from './command-table.ts';
import { COMMAND_CLASSES } from './command-verdict.ts';

const table = loadCommandTable();
const rank = (command: string) => COMMAND_CLASSES.indexOf(classifyCommand(command, table).class);

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const COMMANDS = [
  'ls -l',
  'rm /srv/x',
  'rm -rf /',
  'sort -o x y',
  'sort $x',
  'frobnicate',
  'sudo ls',
  'echo x > /etc/motd',
  'find . -delete',
  'echo $(rm y)',
  "sed -i 's/a/b/' f",
  '$x',
  'sh -c "rm x"',
  'LD_PRELOAD=x ls',
  'ls &',
  'export PATH=/x',
  'echo $((x))',
];
/** Each runs its command in the end. */
const CONSTRUCTS: readonly ((command: string) => string)[] = [
  (command) => `ls; ${command}`,
  (command) => `ls | { ${command}\n}`,
  (command) => `true && { ${command}\n} || pwd`,
  (command) => `( ${command}\n)`,
  (command) => `if true; then ${command}\nfi`,
  (command) => `while ${command}\ndo pwd; done`,
  (command) => `for y in 1 2; do ${command}\ndone`,
  (command) => `case a in a) ${command}\n;; esac`,
  (command) => `f_${command.length}() { ${command}\n}; f_${command.length}`,
  (command) => `echo "$( ${command}\n)"`,
  (command) => `cat <( ${command}\n)`,
  (command) => `: "\${x:-$( ${command}\n)}"`,
  (command) => `{ ${command}\n} > /dev/null`,
  (command) => `[[ -n $( ${command}\n) ]]`,
  (command) => `cat <<A_${command.length}\n$( ${command}\n)\nA_${command.length}`,
  ...[
    'eval',
    'sh -c',
    'env sh -c',
    'nice bash -c',
    'timeout 5 sh -c',
    'xargs sh -c',
    'command eval',
    'watch',
    'su root -c',
    'sudo sh -c',
    'busybox sh -c',
    'ssh web-2',
  ].map((wrapper) => (command: string) => `${wrapper} ${quoted(command)}`),
  (command) => `find . -exec sh -c ${quoted(command)} \\;`,
  (command) => `trap ${quoted(command)} EXIT`,
  (command) => `sh <<'B_${command.length}'\n${command}\nB_${command.length}`,
];

describe('classifyCommand', () => {
  it('never calls a command better for what it stands in', () => {
    const constructs = fc.array(fc.constantFrom(...CONSTRUCTS), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS), constructs, (command, wrap) => {
        const wrapped = wrap.reduce((inner, each) => each(inner), command);
        expect([wrapped, rank(wrapped) >= rank(command)]).toEqual([wrapped, true]);
      }),
      { numRuns: 1_500 },
    );
  });

  it('never throws, whatever the text', () => {
    const syntax = "$( ) ` \" ' \\ ${ } (( )) [[ ]] <<A ; & | > < { # $ = [ ] * $' :- -v ! 1 ls x".split(' ');
    const keywords = 'if then fi case in esac for do done time f()'.split(' ').map((word) => `${word} `);
    const pieces = fc.constantFrom(...syntax, ...keywords, ' ', '\n', '\nA\n');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (text) => {
        expect(COMMAND_CLASSES).toContain(classifyCommand(text.join(''), table).class);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads words as the shells do', () => {
    const pieces = fc.constantFrom(
      'a',
      'B',
      "'q r'",
      '"d e"',
      '\\ ',
      '\\\\',
      '"\\$x"',
      "'\\'",
      '"\\q"',
      '-',
      '/',
      '.',
      '=',
      '""',
      "'\"'",
      '"\'"',
      '\\$',
      '#',
      ',',
      ':',
      '%',
      '@',
      '+',
      '^',
      '!',
      ']',
      '}',
    );
    const words = fc
      .sample(fc.array(pieces, { minLength: 1, maxLength: 8 }), { numRuns: 400, seed: 7 })
      .map((each) => each.join(''));
    // A word becomes the name of a command here, which the verdict tells.
    const texts = words.map((word) => classifyCommand(`env -- ${word}`, table).commands[0]?.name);
    for (const shell of ['sh', 'bash']) {
      const { stdout } = spawnSync(shell, ['-c', words.map((word) => `printf '%s\\0' x${word}`).join('\n')], {
        encoding: 'utf8',
      });
      const expected = stdout.split('\0').map((text) => text.slice(1));
      const unlike = words.filter(
        (word, at) => texts[at] !== expected[at] && !/^[#]/.test(word) && isCommandName(expected[at]),
      );
      expect([shell, unlike]).toEqual([shell, []]);
    }
  });
});

/** Neither an option of `env` nor an assignment. */
function isCommandName(text: string | undefined): boolean {
  return text !== undefined && text !== '' && !/^[A-Za-z]\w*=/.test(text);
}
