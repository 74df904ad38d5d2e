import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';
import type { ReaderName } from './readers/reader-names.ts';

/** What a word of a command is: one that makes it of a class, or one that something is done with. */
export type Meaning = CommandClass | 'written' | 'sent' | 'shell' | 'variable' | 'exported' | 'folder' | 'here';

export const isClass = (meaning: Meaning): meaning is CommandClass => COMMAND_CLASSES.some((each) => each === meaning);

export type OptionStyle = 'any' | 'first' | 'long' | 'long-first' | 'none';

export interface Option {
  readonly meaning: Meaning;
  readonly value: 'none' | 'required' | 'optional' | 'joined' | 'separate';
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
  /** Texts that make a word at least so bad, wherever in it they stand. */
  readonly holding: readonly (readonly [string, CommandClass])[];
  /** Of the last of them. */
  readonly last: Meaning | undefined;
  /** Of all but the first. */
  readonly second: WordList | undefined;
  /** Of one that is the only one, whatever else is said. */
  readonly single: Meaning | undefined;
  /** The word that none at all stands for. */
  readonly absent: string | undefined;
  readonly unlisted: Meaning;
}

export interface Runs {
  readonly as: 'command' | 'shell';
  readonly after: number;
  readonly assignments: boolean;
  readonly adds: boolean;
  /** What it is where nothing is run; `written` is what it does with its operands then. */
  readonly alone: CommandClass | 'written' | 'here';
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
  /** What it is without operands or a sub-command. */
  readonly alone: CommandClass | 'here' | undefined;
  /** What it is where its input is not known: it sends it elsewhere. */
  readonly input: CommandClass | undefined;
  readonly runs: Runs | undefined;
  readonly reader: ReaderName | undefined;
  /** Variables that may be set for it without harm. */
  readonly takes: ReadonlySet<string>;
  /** The worst that it can be, whatever its arguments. */
  readonly ceiling: CommandClass;
}
