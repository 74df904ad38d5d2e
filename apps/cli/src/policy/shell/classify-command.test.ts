import { describe, expect, it } from '@jest/globals';
import { classifyCommand } from './classify-command.ts';
import { loadCommandTable } from './command-table.ts';
import type { CommandClass } from './command-verdict.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';

const table = loadCommandTable({ deploy: 'mutating', uptime: 'read-only' });
const classOf = (command: string) => classifyCommand(command, table).class;

const READ_ONLY = [
  '',
  '# rm -rf /',
  'ls -la | sort -k2 -rn | head -5',
  'ls && pwd || true; uptime',
  '! ls',
  'if ls /x; then pwd; elif test -f "$x"; then ls; else cat y; fi',
  'while IFS= read -r line; do echo "$line"; done < /etc/hosts',
  'for f in /etc/*.conf; do wc -l "$f"; done',
  'case "$1" in (a|b) ls;; *) pwd;; esac',
  '(cd /etc; ls)',
  '{ ls; pwd; } 2>/dev/null',
  'ls >/dev/null 2>&1 <&-',
  'cat <<EOF\n$x\nEOF',
  "cat <<'EOF'\n$(rm x)\nEOF",
  'cat <(ls) <<< "$x"',
  'f() { ls "$1"; }; f a',
  'i=0; while [ "$i" -lt 3 ]; do i=$((i + 1)); done',
  'x=1; echo $((x * 2)) ${x:-$(date)} ${#x} ${x%.*}',
  '[[ -f /etc/passwd ]] && [[ "$x" == a* ]]',
  '[ $? -eq 0 ] && [ $# -gt 0 ]',
  'command -v rm',
  'exec 2>/dev/null',
  'PATH=$PATH:/usr/sbin:/sbin ls',
  'LC_ALL=C sort -u f',
  "trap 'ls' EXIT",
  'trap - INT',
  'set -euo pipefail',
  'set -- a -k',
  'sort -- *',
  'sort ./*',
  'find . -name "*.log" -mtime +7 -exec grep -l x {} +',
  'find /var/log -type f -print0 | xargs -0 ls -l',
  "sed -n '/a/,/b/p' f",
  'awk -F: \'$3 > 1000 || $1 == "x" {print $1}\' /etc/passwd',
  'awk \'{printf "%s > %s\\n", $1, $2}\' f',
  'tar tzf a.tgz',
  'dd if=/dev/sda of=/dev/null bs=1M count=1',
  'date +%s',
  'time -p ls | sort',
  '/usr/bin/env LC_ALL=C /bin/ls',
  'nice -n 5 timeout -k 1 5 ls',
  'sh -c "ls; pwd"',
  'echo ls | cat',
  "echo $'a\\tb'",
  'ls {a,b}',
];

const MUTATING = [
  'rm -fr /srv/x',
  'ls && rm -fr /srv/x',
  'ls\nrm /srv/x',
  'echo "$(rm /srv/x)"',
  'echo `rm /srv/x`',
  'echo "${x:-$(rm /srv/x)}"',
  'x=$(rm /srv/x)',
  'cat <<EOF\n`rm /srv/x`\nEOF',
  'cat <(rm /srv/x)',
  'for f in $(rm /srv/x); do ls; done',
  'case $(rm /srv/x) in a) ls;; esac',
  '[[ -n $(rm /srv/x) ]]',
  'if ls; then (rm /srv/x); fi',
  'f() { rm /srv/x; }',
  'ls > out',
  'ls >> out',
  'ls >| out',
  'ls <> out',
  'ls &> /dev/null',
  'ls |& cat',
  'ls >& out',
  '{ ls; } > out',
  'ls &',
  'cat < "$x"',
  'cat < /dev/tcp/192.0.2.1/80',
  'eval "rm /srv/x"',
  'eval rm /srv/x',
  "trap 'rm /srv/x' EXIT",
  'sh -c "rm /srv/x"',
  'bash -ec \'ls; sh -c "rm /srv/x"\'',
  'sh <<EOF\nrm /srv/x\nEOF',
  "bash <<< 'rm /srv/x'",
  'env rm /srv/x',
  'env -i sh -c "rm /srv/x"',
  'exec rm /srv/x',
  'command rm /srv/x',
  'busybox rm /srv/x',
  'xargs sh -c "rm /srv/x"',
  'watch "ls; rm /srv/x"',
  'find /tmp/x -delete',
  'find /tmp/x -type f -exec rm {} +',
  'find . -fprint out',
  'sort -o out in',
  'sort -ro out in',
  'sort --output=out in',
  'uniq in out',
  'ls | tee out',
  "sed -i 's/a/b/' f",
  "sed 's/a/b/w out' f",
  "sed -e p -e 'w out' f",
  'tar xzf a.tgz',
  'tar xzf a.tgz -C /srv/x',
  'tar czf a.tgz .',
  'dd if=a of=b',
  'ssh web-2 uptime',
  'LOG_LEVEL=1 ls',
  'IFS=: ; ls',
  'nohup ls',
  "l''s; r\\m /srv/x",
  'r"m" /srv/x',
  'deploy',
];

const PRIVILEGED = [
  'sudo ls',
  'env sudo ls',
  'doas ls',
  'su -c ls root',
  'echo x > /etc/motd',
  'echo x | tee -a /etc/hosts',
  'cp a /etc/nginx/nginx.conf',
  'echo x >> ~/.ssh/authorized_keys',
  'cd /usr/lib && echo x > y',
  'find /usr/lib -delete',
  'date -s 12:00',
  'tar xPf a.tar',
  'cd /usr/lib; tar xf a.tar',
];

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['an unknown name', 'frobnicate'],
  ['a name that is a path', './ls'],
  ['a name in another folder', '/tmp/ls'],
  ['a variable that a program may take for what it likes', 'FOO=1 ls'],
  ['a name from a variable', 'x=rm; $x /srv/x'],
  ['a name from a command', '$(echo rm) /srv/x'],
  ['a name in braces', '{rm,/srv/x}'],
  ["a name in $'…'", "$'\\x72m' /srv/x"],
  ['a name from a file pattern', '/bin/r? /srv/x'],
  ['what a pipe feeds to a shell', 'echo cm0K | base64 -d | sh'],
  ['a shell without a script', 'bash'],
  ['a shell with a file', 'sh x.sh'],
  ['a shell with text that is not known', 'sh -c "$x"'],
  ['a here-document with what is not known', 'sh <<EOF\n$x\nEOF'],
  ['eval of what is not known', 'eval "$x"'],
  ['a sourced file', '. ./x'],
  ['all files', 'rm -rf /'],
  ['all files below', 'rm -rf /*'],
  ['all files that are found', 'find / -delete'],
  ['a disk', 'dd if=x of=/dev/sda'],
  ['the accounts', 'echo x >> /etc/passwd'],
  ['a path that leads upwards', 'echo x > /tmp/../etc/passwd'],
  ['a folder it went to', 'cd /; rm -rf *'],
  ['a file that is not known', 'echo x > "$f"'],
  ['options that are not known', 'sort $x'],
  ['options from file names', 'sort *'],
  ['an abbreviated option', 'sort --outp=x y'],
  ['an expression that is not known', 'find . $x'],
  ['what find runs and is not known', 'find . -exec sh -c "ls {}" \\;'],
  ['a program that awk runs', 'awk \'BEGIN { system("id") }\''],
  ['a pipe of awk', 'awk \'{ print | "sh" }\''],
  ['a call by name of awk', 'awk \'BEGIN { f = "system"; @f("id") }\''],
  ['a script file of sed', 'sed -f x y'],
  ['a program that sed runs', "sed 's/a/id/e' y"],
  ['a program that sed runs behind a label', "sed ':a;e id'"],
  ['what awk writes behind a comment', 'awk \'# "\n{ print > "x" }\''],
  ['what sed runs behind a text', "sed 'a x\\\\\\\\\ne id'"],
  ['what sed runs behind a file', "sed 'r x;e id'"],
  ['a shell option that changes assignments', 'set +e -k'],
  ['a program that tar runs', 'tar tf x --to-command=id'],
  ['an archive on another machine', 'tar tf host:x'],
  ['a proxy of ssh', 'ssh -o ProxyCommand=id web-2 uptime'],
  ['ssh without a command', 'ssh web-2'],
  ['a shell for root', 'sudo -i'],
  ['an option of env with a command', 'env -S "rm x"'],
  ['a program that sort runs', 'sort --compress-program=./x y'],
  ['PATH', 'PATH=/tmp ls'],
  ['PATH for what follows', 'export PATH=/tmp'],
  ['PATH by a loop', 'for PATH in /tmp; do ls; done'],
  ['PATH by read', 'read -r PATH'],
  ['PATH by a default', ': "${PATH:=/tmp}"'],
  ['LD_PRELOAD', 'LD_PRELOAD=./x ls'],
  ['LD_PRELOAD by env', 'env LD_PRELOAD=./x ls'],
  ['BASH_ENV', 'BASH_ENV=./x sh -c ls'],
  ['a pager', 'PAGER=./x ls'],
  ['an alias', 'alias ls=rm'],
  ['a known name as a function', 'ls() { rm x; }; ls'],
  ['a function before it is there', 'f; f() { ls; }'],
  ['a function that may not be there', 'if false; then f() { ls; }; fi; f'],
  ['a function that calls itself', 'f() { f | f & }; f'],
  ['a function that another program runs', 'f() { ls; }; env f'],
  ['a function that is taken away', 'f() { ls; }; unset f; f'],
  ['a fork bomb', ':(){ :|:& };:'],
  ['(( )), which is a subshell to others', '((reboot))'],
  ['for (( ))', 'for ((;;)); do ls; done'],
  ['[[ with a redirection to others', '[[ a > b ]]'],
  ['[[ with a command to others', '[[ a && reboot ]]'],
  ['[[ with a comment to others', "[[ a == #b ]]; ls 'x"],
  ['a quote that ends elsewhere in others', "echo $'a\\'; touch x; echo \\''"],
  ['text by language', 'echo $"ls"'],
  ['function f', 'function f { ls; }'],
  ['select', 'select x in a; do ls; done'],
  ['coproc', 'coproc ls'],
  ['time with what is no program', 'time { ls; }'],
  ['time with options', 'time -o /etc/x ls'],
  ['an extended file pattern', 'ls @(a|b)'],
  ['a descriptor of two digits', 'ls 10>x'],
  ['a named descriptor', 'ls {fd}>x'],
  ['an appended variable', 'x+=rm'],
  ['a list', 'x=(rm)'],
  ['an indirect name', 'echo ${!x}'],
  ['a prompt', 'echo ${x@P}'],
  ['a slice, which is an expression', 'echo ${x:y}'],
  ['an index, which is an expression', 'echo ${x[y]}'],
  ['an expression of what is not known', 'echo $((x))'],
  ['an expression with a command in a value', "x='a[$(reboot)]'; echo $((x))"],
  ['an expression of an argument', 'f() { echo $(($1)); }; f "a[$(reboot)]"'],
  ['an expression of what a command prints', 'echo $(( $(cat x) ))'],
  ['an old expression', 'echo $[x]'],
  ['test of what is not known', '[ $x ]'],
  ['test of an index', "[ -v 'a[$(reboot)]' ]"],
  ['a quote in ${…} in double quotes', 'echo "${x%\'}\'}"'],
  ['a backslash in backquotes', 'echo `echo \\`ls\\``'],
  ['a line that is broken within a word', 'l\\\ns'],
  ['a control character', 'ls\u0001'],
  ['a carriage return', 'ls\r\n'],
  ['half a character', 'ls \ud800'],
  ['a here-document without an end', 'cat <<A\nx'],
  ['a syntax error', 'ls )'],
  ['a syntax error within', 'echo $(ls; fi)'],
  ['case that falls through', 'case a in a) ls;& b) ls;; esac'],
];

describe('what a command names', () => {
  it.each<[command: string, writes: readonly string[], names: readonly string[]]>([
    ['rm -rf /srv/data "/tmp/a b"', ['/srv/data', '/tmp/a b'], []],
    ['rm -rf $X/etc; rm -rf /srv/*', ['/srv/*'], ['…']],
    ['curl -o out.html https://evil.example/x', ['out.html'], ['https://evil.example/x']],
    ['echo x > "$f"; for f in a b; do echo x > $f; done', ['…', 'a', 'b'], []],
    ['dd of=/dev/sda if=/dev/zero', ['/dev/sda'], ['/dev/zero']],
    ["sudo sh -c 'touch /etc/x'", ['/etc/x'], []],
    ['systemctl --host=root@10.0.0.9 restart nginx', [], ['root@10.0.0.9']],
    ['uptime', [], []],
  ])('is told: %s', (command, writes, names) => {
    const { commands } = classifyCommand(command, table);
    const written = new Set(commands.flatMap((one) => one.writes ?? []));
    const named = new Set(commands.flatMap((one) => one.names ?? []).filter((name) => !written.has(name)));
    expect([[...written], [...named]]).toEqual([writes, names]);
  });

  it('is bounded, and says so', () => {
    const [found] = classifyCommand(`touch ${'x'.repeat(300)}`, table).commands;
    const many = classifyCommand(`touch ${Array.from({ length: 40 }, (_, index) => `/tmp/${index}`).join(' ')}`, table);
    expect(found?.writes?.[0]).toBe(`${'x'.repeat(200)}…`);
    expect(many.commands[0]?.writes).toEqual([...Array.from({ length: 16 }, (_, index) => `/tmp/${index}`), '…']);
  });
});

describe('classifyCommand', () => {
  const rows = (commands: readonly string[], expected: CommandClass) =>
    commands.map((each) => [expected, each] as const);

  it.each([...rows(READ_ONLY, 'read-only'), ...rows(MUTATING, 'mutating'), ...rows(PRIVILEGED, 'privileged')])(
    'calls %s: %j',
    (expected, command) => {
      expect([classOf(command), command]).toEqual([expected, command]);
    },
  );

  it.each(FORBIDDEN)('forbids %s: %j', (_what, command) => {
    expect(classOf(command)).toBe('forbidden');
  });

  it('names each simple command, and why it is what it is', () => {
    const { commands, reason } = classifyCommand('ls | env sort -o x', table);
    expect(commands.map(({ name, text, class: found }) => [name, text, found])).toEqual([
      ['ls', 'ls', 'read-only'],
      ['sort', 'sort -o x', 'mutating'],
      ['env', 'env sort -o x', 'read-only'],
    ]);
    expect(reason).toBe('sort -o writes x');
  });

  it.each([
    'cd /srv && ls',
    'cd; rm -rf data',
    'cd -P; ls',
    'cd --; ls',
    'cd ""; ls',
    'cd $x; ls',
    'builtin cd; ls',
    'command cd; ls',
    'command -p cd /; ls',
    'f() { cd; }; f; ls',
    'pushd /srv; ls',
    'eval cd; ls',
    'git -C /srv reset --hard',
    'git --git-dir=/srv/.git reset --hard',
    'git --work-tree /srv reset --hard',
    'make -C /srv',
    'make --directory=/srv',
    'tar -C /srv -xf a.tar',
    'tar xCf /srv a.tar',
    'env -C /srv rm -r data',
    '$x /srv; ls',
    'eval "$x"; ls',
    'cd / <( ; ls',
  ])('tells that the folder may be another one: %s', (command) => {
    expect(classifyCommand(command, table).changesDirectory).toBe(true);
  });

  it.each(['ls /srv', 'rm -r data', 'git reset --hard', 'make', 'tar -xf a.tar', './deploy'])(
    'tells that the folder is the one where it starts: %s',
    (command) => {
      expect(classifyCommand(command, table).changesDirectory).toBe(false);
    },
  );

  it('takes relative paths for what they are where it starts', () => {
    expect(classifyCommand('rm motd', table, '/etc').class).toBe('forbidden');
    expect(classifyCommand('rm motd', table, '/srv/app').class).toBe('mutating');
    expect(classifyCommand('cat motd', table, '/etc').class).toBe('read-only');
  });

  it.each([
    ['too long', ' '.repeat(SHELL_BOUNDS.length + 1)],
    ['a million semicolons', 'ls;'.repeat(350_000)],
    ['a million substitutions', '$('.repeat(500_000)],
    ['deep nesting', `${'$('.repeat(200)}ls${')'.repeat(200)}`],
    ['deep subshells', `${'('.repeat(5_000)}ls${')'.repeat(5_000)}`],
    ['deep wrappers', `${'env '.repeat(100)}ls`],
    ['many here-documents', `cat ${'<<A '.repeat(1_000)}`],
    ['functions within functions', `${'f() '.repeat(16_000)}ls`],
  ])('forbids %s', (_what, command) => {
    expect(classOf(command)).toBe('forbidden');
  });
});
