import { describe, expect, it } from '@jest/globals';
import { lintText } from './policy-lint.ts';

const around = {
  servers: [
    { name: 'web-1', labels: { role: 'web' } },
    { name: 'db-1', labels: { role: 'db' } },
  ],
  tools: [
    { name: 'run_command', runsCommands: true },
    { name: 'get_logs', runsCommands: false },
  ],
};
const lint = (text: string) =>
  lintText(`version: 1\n${text}`, 'policy.yaml', around).map(
    ({ severity, line, message }) => `${severity} ${line} ${message}`,
  );
const rules = (...lines: string[]) => lint(['rules:', ...lines.map((line) => `  - ${line}`), ''].join('\n'));

describe('a lint of a policy', () => {
  it('names every fault with its line, and a field that is not known at its own', () => {
    expect(
      lint('level: high\nrules:\n  - name: a\n    decision: refuse\n    server: web-1\n    tool: x\nlevel2: x\n'),
    ).toEqual([
      expect.stringMatching(/^fault 2 policy\.yaml, line 2: level must be one of readonly, standard, dangerous$/),
      expect.stringMatching(/^fault 5 policy\.yaml, line 5: rules\.0\.decision must be one of deny, ask, allow$/),
      'fault 6 policy.yaml, line 6: rules.0: unknown key "server" (did you mean "servers"?)',
      'fault 7 policy.yaml, line 7: rules.0: unknown key "tool" (did you mean "tools"?)',
      'fault 8 policy.yaml, line 8: file: unknown key "level2" (did you mean "level" or "levels"?)',
    ]);
  });

  it('says what is there instead of fields of before there were rules', () => {
    expect(lint('allow_tools: [get_logs]\nallow_servers: ["*"]\n')).toEqual([
      expect.stringMatching(/^fault 2 policy\.yaml, line 2: allow_tools is no more: write a rule/),
      expect.stringMatching(/^fault 3 policy\.yaml, line 3: allow_servers is no more: write a rule/),
    ]);
  });

  it('names every fault of YAML', () => {
    expect(lint('a: [\nb: "\n').length).toBeGreaterThan(1);
  });

  it('finds nothing in a policy that is meant', () => {
    expect(
      rules(
        '{ name: a, decision: deny, servers: ["label:role=db"], classes: [forbidden] }',
        '{ name: b, decision: allow, servers: ["web-*"], classes: [read-only, mutating] }',
        '{ name: c, decision: allow, principals: [operator] }',
        '{ name: d, decision: allow, tools: [get_logs] }',
      ),
    ).toEqual([]);
  });

  it.each([
    [
      '{ name: a, decision: deny, servers: ["web-7", "label:env=prod", "web-1"] }',
      'no server is named by "web-7", "label:env=prod"',
    ],
    [
      '{ name: a, decision: deny, servers: ["web-*", "!web-1"] }',
      'can never fit: it takes away all servers that it names',
    ],
    ['{ name: a, decision: deny, tools: [restart] }', 'no tool is named by "restart"'],
    [
      '{ name: a, decision: allow, tools: [run_*] }',
      'allows, to agents, also commands that are forbidden: catastrophic or not understood',
    ],
  ])('warns of a rule: %s', (rule, what) => {
    expect(rules(rule)).toEqual([`warning 3 rule "a": ${what}`]);
  });

  it('warns of a rule that asks where nobody is asked', () => {
    expect(lint('approval: never\nrules:\n  - { name: a, decision: ask }\n')).toEqual([
      'warning 4 rule "a": denies: "approval" is never',
    ]);
  });

  it.each([
    ['{ name: b, decision: deny }', '{ name: a, decision: ask, servers: [web-1] }'],
    [
      '{ name: b, decision: ask, servers: ["web-*"] }',
      '{ name: a, decision: ask, servers: [web-1], classes: [mutating] }',
    ],
    [
      '{ name: b, decision: deny, principals: [credential] }',
      '{ name: a, decision: deny, principals: ["credential:ci-*"] }',
    ],
    ['{ name: b, decision: deny, tools: ["run_*"] }', '{ name: a, decision: ask, tools: [run_command] }'],
    ['{ name: b, decision: deny, classes: [mutating, privileged] }', '{ name: a, decision: ask, classes: [mutating] }'],
    ['{ name: b, decision: deny, directories: ["/**"] }', '{ name: a, decision: ask, directories: ["/srv/**"] }'],
    ['{ name: b, decision: deny, servers: ["*", "!web-1"] }', '{ name: a, decision: ask, servers: ["!web-1", "*"] }'],
  ])('warns of a rule that never decides: %s before %s', (shadow, rule) => {
    expect(rules(shadow, rule)).toEqual([expect.stringContaining('warning 4 rule "a": never decides: "b" (')]);
  });

  it.each([
    ['{ name: b, decision: deny, servers: ["*"] }', '{ name: a, decision: ask }'],
    ['{ name: b, decision: deny, servers: ["*", "!web-1"] }', '{ name: a, decision: ask, servers: ["*"] }'],
    ['{ name: b, decision: deny, tools: [run_command] }', '{ name: a, decision: ask, tools: ["run_*"] }'],
    ['{ name: b, decision: deny, directories: ["/srv/*"] }', '{ name: a, decision: ask, directories: ["/srv/**"] }'],
    ['{ name: b, decision: deny, times: [{ zone: UTC, days: [mon] }] }', '{ name: a, decision: ask }'],
  ])('says nothing of a rule that may decide: %s before %s', (other, rule) => {
    expect(rules(other, rule)).toEqual([]);
  });

  it.each(['bash', 'sudo', 'env', 'xargs', 'find', 'docker', 'expect'])(
    'finds fault with what makes everything harmless: %s',
    (name) => {
      expect(lint(`commands:\n  deploy: mutating\n  ${name}: read-only\n`)).toEqual([
        expect.stringMatching(/^fault 4 policy\.yaml, line 4: commands\.\w+: runs whatever/),
      ]);
      expect(lint(`commands:\n  ${name}: mutating\n  df: read-only\n`)).toEqual([
        `warning 3 command "${name}": runs others, and is mutating whatever these are`,
      ]);
    },
  );

  it('warns of a level that never holds', () => {
    expect(lint('levels:\n  - { level: standard }\n  - { servers: [web-1], level: dangerous }\n')).toEqual([
      'warning 4 levels[1]: never holds: levels[0] fits wherever it does',
    ]);
  });
});
