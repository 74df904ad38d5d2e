import type { CommandClass } from './command-verdict.ts';
import type { ReaderName } from './readers/reader-names.ts';

/** What a word of a command is: one that makes it of a class, or one that something is done with. */
export type Meaning = CommandClass | 'written' | 'shell' | 'variable' | 'exported' | 'folder';

export type OptionStyle = 'any' | 'first' | 'long' | 'none';

export interface Option {
  readonly meaning: Meaning;
  readonly value: 'none' | 'required' | 'optional';
}

export interface OptionList {
  /** By name, dashes included. */
  readonly listed: ReadonlyMap<string, Option>;
  readonly unlisted: CommandClass;
}

/** What words mean by what they are. */
export interface WordList {
  readonly exact: ReadonlyMap<string, Meaning>;
  /** How words begin; the longest first. */
  readonly beginnings: readonly (readonly [string, Meaning])[];
  /** Of the last of them. */
  readonly last: Meaning | undefined;
  readonly unlisted: Meaning;
}

export interface Runs {
  readonly as: 'command' | 'shell';
  readonly after: number;
  readonly assignments: boolean;
  readonly adds: boolean;
  readonly alone: CommandClass;
  /** Options with which nothing is run. */
  readonly unless: ReadonlySet<string>;
}

/** What is known of a command or sub-command. */
export interface CommandRule {
  readonly class: CommandClass;
  readonly why: string | undefined;
  readonly style: OptionStyle;
  readonly options: OptionList | undefined;
  readonly values: ReadonlyMap<string, WordList>;
  readonly operands: WordList | undefined;
  readonly subcommands: ReadonlyMap<string, CommandRule> | undefined;
  readonly unlistedSubcommand: CommandClass;
  readonly runs: Runs | undefined;
  readonly reader: ReaderName | undefined;
  /** Variables that may be set for it without harm. */
  readonly takes: ReadonlySet<string>;
  /** The worst that it can be, whatever its arguments. */
  readonly ceiling: CommandClass;
}
