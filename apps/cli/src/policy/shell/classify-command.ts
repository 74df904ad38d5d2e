import { parse, type Command, type Statement } from 'unbash';
import type { CommandTable } from './command-table.ts';
import { worstOf, type CommandVerdict, type FoundCommand } from './command-verdict.ts';

/** What a text would do as a shell reads it. Pure; takes linear time; never throws. */
export function classifyCommand(command: string, table: CommandTable): CommandVerdict {
  const script = parse(command);
  const commands = script.commands.map((statement) => found(statement, command, table));
  const worst = script.errors ? 'forbidden' : worstOf(commands.map((each) => each.class));
  const reason = commands.find((each) => each.class === worst)?.reason ?? 'nothing runs';
  return { class: worst, commands, reason, changesDirectory: false };
}

function found(statement: Statement, source: string, table: CommandTable): FoundCommand {
  const text = source.slice(statement.pos, Math.min(statement.end, statement.pos + 200));
  const name = statement.background ? null : plainName(statement.command);
  const known = name === null ? undefined : table.commands.get(name);
  return { text, name, class: known ?? 'forbidden', reason: known ? `${name} is ${known}` : 'not understood' };
}

function plainName(node: Statement['command']): string | null {
  return node.type === 'Command' && isPlain(node) ? (node.name?.value ?? null) : null;
}

function isPlain({ prefix, suffix, name }: Command): boolean {
  const words = suffix.every((each) => each.type === 'Word' && each.parts === undefined);
  return words && prefix.length === 0 && name?.parts === undefined;
}
