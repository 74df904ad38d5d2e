import type { Word } from 'unbash';
import type { Argument } from './argument.ts';
import type { CommandTable } from './command-table.ts';
import type { Finding } from './finding.ts';
import type { KnownFunctions } from './known-functions.ts';
import type { LoopVariables } from './loop-variables.ts';
import type { ScriptVariables } from './script-variables.ts';
import type { VisitedFolders } from './visited-folders.ts';
import type { WordEffects } from './word-effects.ts';

/** What a command reads as its input where that is written beside it; undefined when it is not known. */
export type Input = { readonly text: string | undefined } | undefined;

/** What a command stands in: all that is known there, and where what is found is told. */
export interface Surroundings {
  readonly table: CommandTable;
  readonly functions: KnownFunctions;
  readonly variables: ScriptVariables;
  readonly loops: LoopVariables;
  readonly folders: VisitedFolders;
  /** A command is done with. */
  found(finding: Finding): void;
  /** A text within the text, which a shell of its own reads. */
  innerText(source: string): void;
  /** The same for the shell that reads the text around it. */
  ownText(source: string): void;
  /** A command that another one runs, which knows nothing of the functions and words of the shell. */
  command(words: readonly Argument[], input: Input): void;
  /** What is written at a path; what is relative is written wherever the script has gone. */
  written(path: Argument, finding: Finding, what: string): void;
  /** `NAME=value`, or a name alone, as an argument; `exported` for the commands that run after or in it. */
  setsByArgument(argument: Argument, exported: boolean, finding: Finding): void;
  assigns(name: string, value: Argument, exported: boolean, finding: Finding): void;
  /** The same for one of the words of a loop, all of which are plain. */
  holds(name: string, value: Argument, exported: boolean, finding: Finding): void;
  /** A word of a script; what runs in it is examined. */
  word(word: Word, finding: Finding, source: string): Argument;
  effects(finding: Finding, source: string): WordEffects;
}
