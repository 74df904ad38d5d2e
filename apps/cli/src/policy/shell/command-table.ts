import { z } from 'zod';
import { ServonautError } from '@servonaut/contracts';
import type { UnderstoodYaml } from '../../session/yaml-file.ts';
import { CommandFiles, digestOf } from './command-files.ts';
import { commandFileSchema, type CommandFile } from './command-file-schema.ts';
import type { CommandRule } from './command-rule.ts';
import { COMMAND_CLASSES } from './command-verdict.ts';
import { plainRule, ruleOf } from './rule-of.ts';
import { PathTable, pathFileSchema } from './path-table.ts';
import { VariableTable, variableFileSchema } from './variable-table.ts';

const SPECIAL = new Set(['paths.yaml', 'variables.yaml']);
const NO_VARIABLES: ReadonlySet<string> = new Set();

/** An operator's own commands: names and what they can do, whatever their arguments. They come before ours. */
export const commandAdditionsSchema = z
  .record(z.string().regex(/^\w[\w.+-]{0,63}$/, 'expected the name of a command'), z.enum(COMMAND_CLASSES))
  .superRefine((additions, context) => {
    for (const [name, commandClass] of Object.entries(additions)) {
      if (commandClass !== 'read-only' || !runsWhatever(name)) continue;
      const message = 'runs whatever its arguments say, so that nothing would be known of that: not read-only';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });
export type CommandAdditions = z.infer<typeof commandAdditionsSchema>;

interface TableData {
  readonly version: string;
  readonly rules: ReadonlyMap<string, CommandRule>;
  readonly paths: PathTable;
  readonly variables: VariableTable;
}

/** What is known of commands. */
export class CommandTable {
  /** SHA-256, base64url, of all data that verdicts depend on. */
  readonly version: string;
  readonly paths: PathTable;
  readonly variables: VariableTable;
  readonly #rules: ReadonlyMap<string, CommandRule>;

  constructor({ version, rules, paths, variables }: TableData) {
    this.version = version;
    this.#rules = rules;
    this.paths = paths;
    this.variables = variables;
  }

  /** Of a name, or of a path in a folder of the system. Undefined for what is not known. */
  ruleFor(name: string): CommandRule | undefined {
    const slash = name.lastIndexOf('/');
    if (slash < 0) return this.#rules.get(name);
    return this.paths.holdsPrograms(name.slice(0, slash)) ? this.#rules.get(name.slice(slash + 1)) : undefined;
  }

  has(name: string): boolean {
    return this.#rules.has(name);
  }

  /** Variables that may be set for a command without harm. */
  takes(name: string | undefined): ReadonlySet<string> {
    return (name === undefined ? undefined : this.#rules.get(name)?.takes) ?? NO_VARIABLES;
  }
}

let ours: TableData | undefined;

/** Whether our table knows a command as one that runs others or whole programs: nobody would look at those, were it harmless by its name. */
export function runsWhatever(name: string): boolean {
  const rule = (ours ??= readOurs()).rules.get(name);
  return rule !== undefined && runsOthers(rule);
}

const runsOthers = ({ runs, reader, class: own, subcommands }: CommandRule): boolean =>
  runs !== undefined ||
  reader !== undefined ||
  own === 'forbidden' ||
  [...(subcommands?.values() ?? [])].some(runsOthers);

/**
 * Our table, read once, with an operator's own commands on top.
 * @throws ServonautError `config_invalid` with the line of what is wrong in our data
 */
export function loadCommandTable(additions: CommandAdditions = {}): CommandTable {
  ours ??= readOurs();
  const own = Object.entries(additions).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const rules = new Map([...ours.rules, ...own.map(([name, each]) => [name, plainRule(each)] as const)]);
  return new CommandTable({ ...ours, version: digestOf([ours.version, JSON.stringify(own)]), rules });
}

function readOurs(): TableData {
  const files = new CommandFiles();
  const rules = new Map<string, CommandRule>();
  for (const name of files.names) {
    if (!SPECIAL.has(name)) addRules(rules, name, files.understood(name, commandFileSchema));
  }
  return {
    version: files.version,
    rules,
    paths: new PathTable(files.understood('paths.yaml', pathFileSchema).data),
    variables: new VariableTable(files.understood('variables.yaml', variableFileSchema).data),
  };
}

function addRules(rules: Map<string, CommandRule>, file: string, understoodFile: UnderstoodYaml<CommandFile>): void {
  const fault = (path: readonly PropertyKey[], what: string) =>
    new ServonautError('config_invalid', { message: `${file}, line ${understoodFile.lineOf(path)}: ${what}` });
  const add = (name: string, rule: CommandRule, path: readonly PropertyKey[]) => {
    if (rules.has(name)) throw fault(path, `${name} is described twice`);
    rules.set(name, rule);
  };
  const { commands, ...lists } = understoodFile.data;
  for (const each of COMMAND_CLASSES) lists[each].forEach((name, at) => add(name, plainRule(each), [each, at]));
  const later: (readonly [string, string])[] = [];
  for (const [name, fields] of Object.entries(commands)) {
    if (typeof fields === 'string') add(name, plainRule(fields), ['commands', name]);
    else if ('same-as' in fields) later.push([name, fields['same-as']]);
    else add(name, ruleOf(fields), ['commands', name]);
  }
  for (const [name, other] of later) {
    const rule = rules.get(other);
    if (!rule) throw fault(['commands', name], `${other} is not described in this file or one before it`);
    add(name, rule, ['commands', name]);
  }
}
