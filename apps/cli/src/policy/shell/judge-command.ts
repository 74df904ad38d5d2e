import type { Argument } from './argument.ts';
import { Call } from './call.ts';
import type { Input, Surroundings } from './surroundings.ts';
import type { Finding } from './finding.ts';
import { judgeByRule } from './judge-by-rule.ts';
import { READERS } from './readers/readers.ts';

export interface CalledCommand {
  readonly name: Argument;
  readonly args: readonly Argument[];
  readonly input: Input;
  /** By the shell itself, which knows functions. */
  readonly isDirect: boolean;
}

/** What one simple command is by its name and arguments. */
export function judgeCommand(
  surroundings: Surroundings,
  { name, args, input, isDirect }: CalledCommand,
  finding: Finding,
): void {
  const { text } = name;
  finding.calledWith(args);
  if (text === undefined) {
    surroundings.folders.goesAnywhere();
    return finding.raise('forbidden', 'its name is not known before it runs');
  }
  if (isDirect && surroundings.functions.has(text))
    return finding.raise('read-only', `${text} is defined in the script`);
  const rule = surroundings.table.ruleFor(text);
  if (!rule) return finding.raise('forbidden', `${shortened(text)} is not a command that is known`);
  finding.raise(rule.class, rule.why ?? `${shortened(text)} is ${rule.class}`);
  const call = new Call(text, args, input, surroundings, finding);
  const reader = rule.reader === undefined ? undefined : READERS[rule.reader];
  if (reader) reader(call, rule);
  else judgeByRule(call, rule, args, []);
}

function shortened(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
