import { knownArgument, UNKNOWN_ARGUMENTS, type Argument } from './argument.ts';
import { shown, type Call } from './call.ts';
import type { CommandRule, Meaning, Runs, WordList } from './command-rule.ts';
import { OptionScan } from './option-scan.ts';

/** `NAME=value` before a command. */
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/**
 * What arguments make of a command, as its rule has it.
 * @param around rules whose options may stand here as well
 */
export function judgeByRule(
  call: Call,
  rule: CommandRule,
  args: readonly Argument[],
  around: readonly CommandRule[],
): void {
  if (rule.input && call.input?.text?.trim() !== '') call.raise(rule.input, `${call.name} sends what it reads`);
  if (!rule.options && !rule.operands && rule.alone === undefined && around.length === 0) return;
  const scan = new OptionScan(call, rule, args, around);
  if (rule.subcommands) subcommand(call, rule, scan, around);
  else if (rule.runs) commandWithin(call, rule, rule.runs, scan);
  else operands(call, rule, scan);
}

function operands(call: Call, { operands: list, alone }: CommandRule, scan: OptionScan): void {
  const words: Argument[] = [];
  for (let word = scan.next(); word; word = scan.next()) words.push(word);
  if (words.length > 0) return list && eachOperand(call, list, words);
  if (list?.absent !== undefined) call.meansOneOf(list, knownArgument(list.absent));
  isAlone(call, alone);
}

function eachOperand(call: Call, list: WordList, words: readonly Argument[]): void {
  const told = (meaning: Meaning | undefined, word: Argument | undefined) => {
    if (meaning && word) call.means(meaning, word, `${call.name} ${shown(word)}`);
  };
  const [first] = words;
  if (list.single && words.length === 1 && first?.single) return told(list.single, first);
  for (const word of words) call.meansOneOf(list, word);
  if (list.second) for (const word of first?.single ? words.slice(1) : words) call.meansOneOf(list.second, word);
  told(list.last, words.at(-1));
}

function isAlone(call: Call, alone: CommandRule['alone']): void {
  if (alone !== undefined) call.means(alone, knownArgument(''), `${call.name} without more`);
}

function subcommand(call: Call, rule: CommandRule, scan: OptionScan, around: readonly CommandRule[]): void {
  const word = scan.next();
  if (!word) return isAlone(call, rule.alone);
  if (word.text === undefined) return call.raiseToCeiling(rule.ceiling);
  const found = rule.subcommands?.get(word.text);
  if (!found) return call.raise(rule.unlistedSubcommand, `${call.name} ${shown(word)} is not known`);
  call.raise(found.class, found.why ?? `${call.name} ${shown(word)} is ${found.class}`);
  judgeByRule(call, found, scan.rest, rule.style.endsWith('first') ? [] : [rule, ...around]);
}

/** Where options may stand anywhere, only what follows `--` is certain to be those of the command. */
function commandWithin(call: Call, rule: CommandRule, runs: Runs, scan: OptionScan): void {
  const own: Argument[] = [];
  for (let word = scan.next(); word; word = scan.next()) {
    if (runs.assignments && ASSIGNMENT.test(word.start)) {
      call.sets(word);
      continue;
    }
    // Where nothing is run all words are its own, options behind the operands among them.
    const isOwn = isInstead(runs, scan);
    if (own.length >= runs.after && !isOwn) return run(call, rule, runs, [word, ...scan.rest], scan);
    own.push(word);
    if (rule.operands) call.meansOneOf(rule.operands, word);
    if (!word.single && !isOwn) return call.raiseToCeiling(rule.ceiling);
  }
  if (!isInstead(runs, scan)) runsNothing(call, runs, own);
}

function runsNothing(call: Call, { alone }: Runs, own: readonly Argument[]): void {
  if (alone !== 'written') return call.means(alone, knownArgument(''), `${call.name} without a command`);
  call.raise('mutating', `${call.name} writes files`);
  for (const word of own) call.means('written', word, call.name);
}

function isInstead({ unless }: Runs, { seen }: OptionScan): boolean {
  for (const option of unless) if (seen.has(option)) return true;
  return false;
}

function run(call: Call, rule: CommandRule, runs: Runs, words: readonly Argument[], scan: OptionScan): void {
  if (!scan.isOver) return call.raise(rule.ceiling, `what ${call.name} runs is certain only after --`);
  const all = runs.adds ? [...words, UNKNOWN_ARGUMENTS] : words;
  if (runs.as === 'command') return call.runs(all);
  const isKnown = all.every(({ text }) => text !== undefined);
  call.shell(isKnown ? all.map(({ text }) => text).join(' ') : undefined, call.name);
}
