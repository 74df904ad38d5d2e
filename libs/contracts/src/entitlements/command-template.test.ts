import { describe, expect, it } from '@jest/globals';
import { commandTemplateSchema, commandTemplatesSchema } from './command-template.ts';
import { parseTemplate, renderTemplate } from './template-text.ts';

const word = { pattern: '.*' };

function aTemplate(template: string, names: string[] = ['x']): unknown {
  return { name: 'it', template, parameters: Object.fromEntries(names.map((name) => [name, word])) };
}

function faultsOf(template: unknown): string[] {
  const { error } = commandTemplateSchema.safeParse(template);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a template of a command', () => {
  it.each([
    ['systemctl status {x}', "systemctl status 'a b'"],
    ['journalctl --unit={x} -n 5', "journalctl --unit='a b' -n 5"],
    ['tail -n 5 /var/log/{x}.log', "tail -n 5 /var/log/'a b'.log"],
    ["awk '{{print $1}}' {x} # it's", "awk '{print $1}' 'a b' # it's"],
    ['find {x} -exec ls {{}} \\;', "find 'a b' -exec ls {} \\;"],
    ['cd /srv && git log {x} | head -n 5', "cd /srv && git log 'a b' | head -n 5"],
    ['ls {{{x}}}', "ls {'a b'}"],
    ['grep "then; sh" -- {x} 2>&1 >/dev/null', 'grep "then; sh" -- \'a b\' 2>&1 >/dev/null'],
    ['sudo -n --user=app ls {x}', "sudo -n --user=app ls 'a b'"],
    ['LC_ALL=C ls {x} {x}', "LC_ALL=C ls 'a b' 'a b'"],
    ['journalctl -u ssh -n {x}', "journalctl -u ssh -n 'a b'"],
    ['echo a#b {x}', "echo a#b 'a b'"],
  ])('is filled in: %s', (template, command) => {
    expect(faultsOf(aTemplate(template))).toEqual([]);
    expect(renderTemplate(template, new Map([['x', 'a b']]))).toBe(command);
  });

  it('may say anything when it has no placeholder', () => {
    const template = 'for f in $(ls "$HOME"); do sh -c `cat $f` >"$f"; done';
    expect(faultsOf(aTemplate(template, []))).toEqual([]);
    expect(renderTemplate(template, new Map())).toBe(template);
  });

  it.each([
    ['in single quotes', "echo '{x}'", 'inside quotes'],
    ['in double quotes', 'echo "a {x}"', 'inside double quotes'],
    ['in quotes that another placeholder stands before', 'echo {x} "{x}"', 'inside double quotes'],
    ['in a comment', 'echo # {x}', 'inside a comment'],
    ['after a backslash', 'echo \\{x}', 'after a backslash'],
    ['after "$"', 'echo ${x}', 'with $'],
    ['in a substitution', 'echo $(ls {x})', 'with $'],
    ['in a substitution in double quotes', 'echo "$(ls {x})"', 'with $'],
    ['beside an expansion', 'ls {x} "$HOME"', 'with $'],
    ['in backticks', 'echo `ls {x}`', 'with `'],
    ['in arithmetic', 'echo ((1 + {x}))', 'with (('],
    ['in a here-document', 'cat <<E {x}', 'with <<'],
    ['in a here-string', 'cat <<< {x}', 'with <<'],
    ['as the name of a command', '{x} -l', 'the name of a command'],
    ['as part of the name of a command', '/opt/{x} -l', 'the name of a command'],
    ['as a later command', 'true && {x}', 'the name of a command'],
    ['as a command in a group', '{{ {x}; }}', 'the name of a command'],
    ['as a command under another user', 'sudo -n {x}', 'the name of a command'],
    ['as a command after an assignment', 'A=b {x}', 'the name of a command'],
    ['in an assignment', 'A={x} ls', 'assigned'],
    ['in an assignment alone', 'A={x}', 'assigned'],
    ['as the target of a redirection', 'echo hi > {x}', 'output goes'],
    ['as part of the target of a redirection', 'echo hi 2>/tmp/{x}', 'output goes'],
    ['where a shell reads it', 'sh -c {x}', 'sh would read'],
    ['where a shell by its path reads it', 'docker exec web /bin/bash -c {x}', '/bin/bash would read'],
    ['where eval reads it', 'eval ls {x}', 'eval would read'],
    ['where a shell on another server reads it', 'sudo ssh db-1 ls {x}', 'ssh would read'],
    ['where a test evaluates it', '[[ {x} -eq 1 ]]', '[[ would read'],
  ])('is refused with a placeholder %s', (_where, template, message) => {
    expect(faultsOf(aTemplate(template))).toEqual([expect.stringMatching(/^template: /)]);
    expect(faultsOf(aTemplate(template))[0]).toContain(message);
  });

  it('names the placeholder that has no pattern, and the pattern that has no placeholder', () => {
    expect(faultsOf(aTemplate('ls {x} {constructor}', ['x', 'y']))).toEqual([
      'parameters.constructor: expected a pattern for {constructor}',
      'parameters.y: the template has no such placeholder',
    ]);
  });

  it.each(['ls {', 'ls }', 'ls {X}', 'ls {}', 'ls {x', 'ls { x }', 'ls {{{', '{x}}'])(
    'is refused with the single brace of %s',
    (template) => expect(parseTemplate(template)).toEqual({ fault: expect.stringContaining('a single') }),
  );

  it.each(['ls\n{x}', 'ls\t{x}', 'ls \0{x}'])('is refused with the control character of %j', (template) => {
    expect(faultsOf(aTemplate(template))).toContainEqual('template: no control characters');
  });
});

describe('the templates of a credential', () => {
  it('have names of their own', () => {
    const templates = [aTemplate('ls {x}'), aTemplate('df {x}')];
    expect(commandTemplatesSchema.safeParse(templates).error?.issues[0]?.message).toContain('a different name');
  });
});
