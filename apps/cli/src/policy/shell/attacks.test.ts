import { describe, expect, it } from '@jest/globals';
import { classifyCommand } from './classify-command.ts';
import { loadCommandTable } from './command-table.ts';
import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';

const table = loadCommandTable();

/** What each one tries, the least that it is, and its text. */
const ATTACKS: readonly (readonly [string, CommandClass, string])[] = [
  ['a script file behind a dash', 'forbidden', "bash - /dev/fd/3 3<<'A' 0<<'B'\nreboot\nA\nls\nB"],
  ['text behind -s', 'forbidden', "bash -s -c 'reboot' <<'A'\nls\nA"],
  ['a function of another shell', 'forbidden', "frobnicate() { :; }; sh -c 'frobnicate x'"],
  ['a function of another machine', 'forbidden', "frobnicate() { :; }; ssh web-2 'frobnicate x'"],
  ['an option that a sub-command does not list', 'forbidden', 'timedatectl status -H root@web-2'],
  ['many letters of tar', 'forbidden', 'tar vvvvvvvvvvvvvvvvvI ./prog -tf x.tar'],
  ['letters of tar that are not known', 'forbidden', 'tar "t$x" f.tar'],
  ['letters of tar that are none', 'forbidden', 'tar t1f x.tar'],
  ['an archive that may be elsewhere', 'forbidden', 'x=web-2:a; tar tf "$x"'],
  ['two ways of tar', 'mutating', 'tar -tf x -xf y'],
  ['a variable that printf sets', 'forbidden', "printf '1%n' PATH; ls"],
  ['a variable that printf sets behind flags', 'forbidden', "printf '%%%-5ln' PATH; ls"],
  ['a variable that printf may set', 'forbidden', 'printf "$x" PATH; ls'],
  ['two ways of xargs', 'forbidden', 'xargs -I X -n 2 sort f'],
  ['two places of xargs', 'forbidden', 'xargs -I X -i sort {}'],
  ['brackets that busybox reads otherwise', 'forbidden', "busybox sed -n 's/[]/]/g;/w tmp/p'"],
  ['brackets that BSD reads otherwise', 'forbidden', "sed 's/[[:x:]/g/;#]/y/w f'"],
  ['a label that BSD reads to the end of its line', 'forbidden', "sed ':a;i\\\nw f'"],
  ['a replacement behind such a label', 'forbidden', "sed ':a;s/x/y\\\nw f/'"],
  ['what read sets without a name', 'forbidden', "REPLY=1; read <<<'a[$(reboot)]'; echo $((REPLY))"],
  ['the folder before', 'forbidden', 'cd -; rm y'],
  ['all of the home folder', 'privileged', 'rm -rf ~'],
  ['all of the home folder, by pattern', 'privileged', 'rm -rf ~/*'],
];

const HARMLESS = [
  "bash -s -- a <<'A'\nls\nA",
  "bash - <<'A'\nls\nA",
  "f() { ls; }; eval 'f'",
  "f() { ls; }; trap 'f' EXIT",
  'tar tvf x.tar',
  "printf '%d%%\\n' 5",
  'printf "x$y\\n"',
  'xargs -I{} ls {}',
  "sed 's/[]a]/x/'",
  "sed 's/[^][:alpha:]]/x/'",
  "sed ':a;N;$!ba;s/\\n/ /g' f",
  'while read; do echo x; done',
  'awk \'{ print ($1 > 5) ? "y" : "n" }\' f',
];

const rank = (one: CommandClass) => COMMAND_CLASSES.indexOf(one);

describe('classifyCommand', () => {
  it.each(ATTACKS)('is not deceived by %s', (_what, least, command) => {
    const found = classifyCommand(command, table).class;
    expect([command, rank(found) >= rank(least) ? least : found]).toEqual([command, least]);
  });

  it.each(HARMLESS)('calls %j read-only', (command) => {
    const { class: found, reason } = classifyCommand(command, table);
    expect([found, reason]).toEqual(['read-only', reason]);
  });

  it.each(['awk \'{ print ($1 > 5) > "f" }\'', 'awk \'{ print (1); print > "f" }\'', 'awk \'/(/ { print > "f" }\''])(
    'sees that %j writes',
    (command) => {
      expect(classifyCommand(command, table).class).toBe('forbidden');
    },
  );
});
