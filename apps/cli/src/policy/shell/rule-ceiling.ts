import type { CommandRule, Meaning, WordList } from './command-rule.ts';
import { worstOf, type CommandClass } from './command-verdict.ts';

const CEILINGS: Readonly<Record<Meaning, CommandClass>> = {
  'read-only': 'read-only',
  mutating: 'mutating',
  privileged: 'privileged',
  forbidden: 'forbidden',
  written: 'forbidden',
  sent: 'mutating',
  shell: 'forbidden',
  variable: 'forbidden',
  exported: 'forbidden',
  folder: 'read-only',
  here: 'mutating',
};

const ceilingOfWords = (list: WordList | undefined): CommandClass[] =>
  list
    ? [
        ...list.exact.values(),
        ...list.beginnings.map(([, meaning]) => meaning),
        ...list.holding.map(([, meaning]) => meaning),
        list.last ?? 'read-only',
        list.single ?? 'read-only',
        list.unlisted,
      ]
        .map((meaning) => CEILINGS[meaning])
        .concat(ceilingOfWords(list.second))
    : [];

/** The worst that a command can be, whatever its arguments. */
export function ceilingOf(rule: Omit<CommandRule, 'ceiling'>): CommandClass {
  if (rule.runs || rule.reader !== undefined) return 'forbidden';
  const options = rule.options;
  return worstOf([
    rule.class,
    CEILINGS[rule.alone ?? 'read-only'],
    rule.input ?? 'read-only',
    ...(options ? [options.unlisted, ...[...options.listed.values()].map(({ meaning }) => CEILINGS[meaning])] : []),
    ...[...rule.values.values()].flatMap(ceilingOfWords),
    ...ceilingOfWords(rule.operands),
    ...(rule.subcommands
      ? [rule.unlistedSubcommand, ...[...rule.subcommands.values()].map((each) => each.ceiling)]
      : []),
  ]);
}
