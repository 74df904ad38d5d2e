import { unknownArgument, type Argument } from './argument.ts';
import { isWorse, type CommandClass } from './command-verdict.ts';
import type { PathTable } from './path-table.ts';

/**
 * Where a script goes and that it writes without saying the folder. In which order does not matter: loops and functions have none. Each folder that it
 * goes to is therefore one that it may write in.
 */
export class VisitedFolders {
  readonly #paths: PathTable;
  #worst: CommandClass = 'read-only';
  #reason = '';
  #writes = false;
  #changes = false;

  constructor(paths: PathTable) {
    this.#paths = paths;
  }

  get changes(): boolean {
    return this.#changes;
  }

  /** `-` is where the shell was before, which the script need not have told. */
  goesTo(folder: Argument): void {
    this.#changes = true;
    this.startsIn(folder.text === '-' ? unknownArgument() : folder);
  }

  /** What is not understood may go anywhere. */
  goesAnywhere(): void {
    this.#changes = true;
  }

  startsIn(folder: Argument): void {
    const commandClass = this.#paths.classOf(folder) ?? 'forbidden';
    if (!isWorse(commandClass, this.#worst)) return;
    this.#worst = commandClass;
    this.#reason = `it may write in ${folder.text ?? 'a folder that is not known before it runs'}`;
  }

  writesHere(): void {
    this.#writes = true;
  }

  /** What writing in any of them amounts to. */
  finding(): { readonly class: CommandClass; readonly reason: string } {
    return this.#writes ? { class: this.#worst, reason: this.#reason } : { class: 'read-only', reason: '' };
  }
}
