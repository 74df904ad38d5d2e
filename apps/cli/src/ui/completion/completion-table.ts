import { plainText } from '../plain-text.ts';

/** Of an oclif command, what completion needs to know. */
export interface CompletedCommand {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly args: Readonly<Record<string, { readonly options?: readonly string[] | undefined }>>;
  readonly flags: Readonly<Record<string, CompletedFlag>>;
}

interface CompletedFlag {
  readonly type: 'boolean' | 'option';
  readonly description?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly options?: readonly string[] | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly allowNo?: boolean | undefined;
}

export interface CompletedTopic {
  readonly name: string;
  readonly description?: string | undefined;
}

/** Where things are when no variable says otherwise. */
export interface CompletionFolders {
  readonly configDir: string;
  readonly stateDir: string;
}

const LONGEST_DESCRIPTION = 100;
/** A flag that takes something which nobody can name beforehand. */
const ANYTHING = 'text';

/**
 * What can stand where on the command line, as rows of four fields with tabs between: the command so far, a word that can follow it, what that is, and
 * what it does. The third is `>` for a further part of the command, empty for a flag alone; for a flag with a value, and for what has no word since it is
 * an argument, it is what can be given: `servers`, `profiles`, `files`, `text`, or `=one,of,these`.
 */
export function completionTable(
  commands: readonly CompletedCommand[],
  topics: readonly CompletedTopic[],
  { configDir, stateDir }: CompletionFolders,
): string {
  const about = new Map(topics.map(({ name, description }) => [name, description]));
  const rows = [row('@config', '', '', configDir), row('@state', '', '', stateDir)];
  const parts = new Map<string, string>();
  const shown = commands.filter(({ hidden }) => hidden !== true).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  for (const command of shown) {
    const words = command.id.split(':');
    words.forEach((word, at) => {
      const id = words.slice(0, at + 1).join(':');
      const does = id === command.id ? command.summary : about.get(id);
      parts.set(id, row(words.slice(0, at).join(' '), word, '>', sentence(does)));
    });
    rows.push(...commandRows(words.join(' '), command));
  }
  return [...rows, ...parts.values()].join('\n');
}

function commandRows(path: string, { id, args, flags }: CompletedCommand): string[] {
  const given = Object.entries(flags)
    .filter(([, { hidden }]) => hidden !== true)
    .flatMap(([name, flag]) => [
      row(path, `--${name}`, kindOf(name, flag), sentence(flag.description)),
      ...(flag.allowNo === true ? [row(path, `--no-${name}`, '', '')] : []),
    ]);
  const [argument] = Object.entries(args);
  return [...given, ...(argument ? [row(path, '', argumentKind(id, ...argument), '')] : [])];
}

function kindOf(name: string, { type, options, helpValue }: CompletedFlag): string {
  if (type === 'boolean') return '';
  if (options) return `=${options.join(',')}`;
  if (name === 'profile') return 'profiles';
  if (name === 'server') return 'servers';
  return /^(FILE|PATH|FOLDER)$/.test(String(helpValue)) ? 'files' : ANYTHING;
}

function argumentKind(
  id: string,
  name: string,
  { options }: { readonly options?: readonly string[] | undefined },
): string {
  if (options) return `=${options.join(',')}`;
  if (name === 'server' || id.startsWith('servers:')) return 'servers';
  return name === 'file' || name === 'package' ? 'files' : ANYTHING;
}

function row(...fields: [path: string, word: string, kind: string, about: string]): string {
  return fields.map(plainText).join('\t');
}

/** The first one, without what oclif would fill in. */
function sentence(text = ''): string {
  const [first = ''] = text.split(/(?<=\.)\s|\n/);
  if (first.includes('<%')) return '';
  return first.length > LONGEST_DESCRIPTION ? `${first.slice(0, LONGEST_DESCRIPTION - 1)}…` : first;
}
