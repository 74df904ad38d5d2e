import { describe, expect, it } from '@jest/globals';
import { commandTemplateSchema, commandTemplatesSchema } from './command-template.ts';
import { parseTemplate, renderTemplate, showTemplate } from './template-text.ts';

const word = { pattern: '.*' };

function aTemplate(template: string, names: string[] = ['x']): unknown {
  return { name: 'it', template, parameters: Object.fromEntries(names.map((name) => [name, word])) };
}

function faultsOf(template: unknown): string[] {
  const { error } = commandTemplateSchema.safeParse(template);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a template with placeholders', () => {
  it.each([
    ['systemctl status {x}', "env 'systemctl' 'status' 'a b'"],
    ['journalctl --unit={x} -n 5', "env 'journalctl' '--unit=a b' '-n' '5'"],
    ['tail -n 5 /var/log/{x}.log', "env 'tail' '-n' '5' '/var/log/a b.log'"],
    ['  ls   {x}{x} ', "env 'ls' 'a ba b'"],
    ['ls {{{x}}}', "env 'ls' '{a b}'"],
    ['find {x} -exec ls {{}} +', "env 'find' 'a b' '-exec' 'ls' '{}' '+'"],
    ['sudo systemctl status {x}', "env 'sudo' 'systemctl' 'status' 'a b'"],
    ['sudo nice timeout 5 /usr/bin/ls {x}', "env 'sudo' 'nice' 'timeout' '5' '/usr/bin/ls' 'a b'"],
    ['sudo ls {x} sh', "env 'sudo' 'ls' 'a b' 'sh'"],
    ['dashboard-ctl show {x}', "env 'dashboard-ctl' 'show' 'a b'"],
    ['apt-cache show {x}', "env 'apt-cache' 'show' 'a b'"],
    // What only a shell gives a meaning to has none.
    ['test -v {x}', "env 'test' '-v' 'a b'"],
    ['printf -v {x}', "env 'printf' '-v' 'a b'"],
    ['trap {x} EXIT', "env 'trap' 'a b' 'EXIT'"],
    ['cd {x}', "env 'cd' 'a b'"],
  ])('is one program and its arguments: %s', (template, command) => {
    expect(faultsOf(aTemplate(template))).toEqual([]);
    expect(renderTemplate(template, new Map([['x', 'a b']]))).toBe(command);
  });

  // prettier-ignore
  it.each([
    "'", '"', '\\', '$', '`', ';', '|', '&', '<', '>', '(', ')', '#', '*', '?', '[', ']', '~', '!', '^', '\u00a0', 'é', '🙂',
  ])('is refused with %j', (char) => {
    for (const template of [`ls ${char}{x}`, `ls {x}${char}`, `ls ${char} {x}`, `${char}ls {x}`])
      expect(faultsOf(aTemplate(template))).toEqual([expect.stringContaining('into a script on the server')]);
  });

  // prettier-ignore
  it.each([
    '>&2 {x}', '\\eval {x}', "ev''al {x}", "''eval {x}", '$0 -c {x}', 'export PATH={x}; ls', 'ls *{x}*', "echo '{x}'", 'echo "{x}"', 'echo # {x}',
    'echo \\{x}', 'echo $(ls {x})', 'echo `ls {x}`', 'cat <<E {x}', 'cat <({x})', 'ls > {x}', 'true && {x}', 'ls | {x}', '{{ {x}; }}', '[[ {x} -eq 1 ]]',
    'x=$(( {x} ))',
  ])('is refused where it is written for a shell: %j', (template) => {
    expect(faultsOf(aTemplate(template))).toHaveLength(1);
  });

  it.each([
    ['{x} -l', 'a value cannot be the name of a program'],
    ['/opt/{x} -l', 'a value cannot be the name of a program'],
    ['sudo {x}', 'a value cannot be the name of a program'],
    ['timeout 5 {x}', 'a value cannot be the name of a program'],
    ['sudo nice nohup {x} -l', 'a value cannot be the name of a program'],
    ['timeout {x} ls', 'cannot stand between timeout and its program'],
    ['A=b ls {x}', 'no variables before'],
    ['A={x} ls', 'a value cannot be the name of a program'],
    ['PATH={x}', 'a value cannot be the name of a program'],
    ['sudo A=b ls {x}', 'no variables before'],
    ['-l {x}', 'no options before'],
    ['sudo -n --user=app ls {x}', 'no options before'],
    ['sudo -u root ssh h {x}', 'no options before'],
    ['timeout 5 -k 5 ls {x}', 'no options before'],
    ['timeout -k 5 ls {x}', 'no options between timeout'],
  ])('is refused when its program is not plain: %s', (template, message) => {
    expect(faultsOf(aTemplate(template))).toEqual([expect.stringContaining(message)]);
  });

  // prettier-ignore
  it.each([
    'sh -c {x}', 'bash -c {x}', '/bin/bash -c {x}', 'zsh -c {x}', 'busybox sh -c {x}', 'tcsh -c {x}', 'eval {x}', 'env {x}', 'env -S{x}', 'xargs {x}',
    'ssh h {x}', 'mosh h {x}', 'su root -c {x}', 'runuser -u app {x}', 'watch {x}', 'script -c {x}', 'parallel {x}', 'flock f -c {x}', 'sudo sh -c {x}',
    'docker exec web /bin/bash -c {x}', 'docker exec web sudo {x}', 'find . -exec sh -c {x}', 'awk {x}', 'gawk {x} f', 'sed -e {x}', 'perl -e {x}',
    'python3.11 -c {x}', '/usr/bin/python3 -c {x}', 'node -e {x}', 'ruby -e {x}', 'php8.2 -r {x}', 'ls {x} sh -c {x}',
    'nodejs -e {x}', 'time {x}', 'sg root {x}', 'bash-static -c {x}', '/bin/dash.distrib -c {x}', 'yash -c {x}', 'lksh -c {x}', 'pypy3 -c {x}', 'pwsh -c {x}',
    'tmux send-keys -t 0 {x} Enter', 'screen -X stuff {x}', 'taskset 1 {x}', 'gosu root {x}', 'crontab {x}', 'su-exec app {x}', 'sqlite3 a.db {x}',
    'Rscript -e {x}', 'gawk-5.1 {x}',
  ])('is refused where a program is known to read the value again: %s', (template) => {
    expect(faultsOf(aTemplate(template))).toEqual([expect.stringContaining('would read a value as a command')]);
  });

  it('names the placeholder that has no pattern, and the pattern that has no placeholder', () => {
    expect(faultsOf(aTemplate('ls {x} {constructor}', ['x', 'y']))).toEqual([
      'parameters.constructor: expected a pattern for {constructor}',
      'parameters.y: the template has no such placeholder',
    ]);
  });

  it('has no parameter that would be lost without a word', () => {
    const parameters = JSON.parse('{"x": {"pattern": "a"}, "__proto__": {"pattern": ".*"}}');
    expect(faultsOf({ name: 'it', template: 'ls {x}', parameters })).toEqual([
      'parameters.__proto__: not a name of a parameter',
    ]);
  });
});

describe('a template without placeholders', () => {
  it('may say anything, and is sent as it is but for its braces', () => {
    const template = 'for f in $(ls "$HOME"); do sh -c `cat $f` | awk \'{{print}}\' >"$f"; done';
    expect(faultsOf(aTemplate(template, []))).toEqual([]);
    const command = template.replace('{{print}}', '{print}');
    expect(renderTemplate(template, new Map())).toBe(command);
    expect(showTemplate(template)).toBe(command);
  });
});

describe('a template', () => {
  it.each(['ls {', 'ls }', 'ls {X}', 'ls {}', 'ls {x', 'ls { x }', 'ls {{{', '{x}}'])(
    'is refused with the single brace of %s',
    (template) => expect(parseTemplate(template)).toEqual({ fault: expect.stringContaining('a single') }),
  );

  it.each(['\n', '\t', '\0', '\u009b', '\u202e', '\u2028', '\u2029', '\ufeff', '\ud800'])(
    'is refused with %j anywhere in it',
    (char) => {
      const message = 'no control characters, line breaks or half characters';
      const given = { name: 'it', template: 'ls', parameters: {} };
      expect(faultsOf({ ...given, template: `ls ${char}` })).toContain(`template: ${message}`);
      expect(faultsOf({ ...given, description: char })).toEqual([`description: ${message}`]);
      expect(faultsOf({ ...given, template: 'ls {x}', parameters: { x: { pattern: char } } })).toEqual([
        `parameters.x.pattern: ${message}`,
      ]);
    },
  );
});

describe('the templates of a credential', () => {
  it('have names of their own', () => {
    const templates = [aTemplate('ls {x}'), aTemplate('df {x}')];
    expect(commandTemplatesSchema.safeParse(templates).error?.issues[0]?.message).toContain('a different name');
  });
});
