import type { Argument } from './argument.ts';
import { ToldPlaces } from './told-places.ts';
import { isWorse, type CommandClass, type FoundCommand } from './command-verdict.ts';

/** What is being found out of one command: its class only ever rises, and the reason is that of the first that made it so bad. */
export class Finding {
  readonly #text: string;
  readonly #name: string | null;
  #class: CommandClass = 'read-only';
  #reason: string | undefined;
  #writes: ToldPlaces | undefined;
  #names: ToldPlaces | undefined;

  constructor(text: string, name: string | null) {
    this.#text = text;
    this.#name = name;
  }

  get isWorst(): boolean {
    return this.#class === 'forbidden';
  }

  raise(commandClass: CommandClass, reason: string): void {
    if (this.#reason !== undefined && !isWorse(commandClass, this.#class)) return;
    this.#class = commandClass;
    this.#reason = reason;
  }

  /** It names this to write or to remove. */
  writes(path: Argument): void {
    (this.#writes ??= new ToldPlaces()).tell(path);
  }

  /** What it is called with, of which places are told. */
  calledWith(args: readonly Argument[]): void {
    if (args.length === 0) return;
    const names = (this.#names ??= new ToldPlaces());
    for (const word of args) names.tellIfPlace(word);
  }

  found(): FoundCommand {
    const reason = this.#reason ?? 'it changes nothing';
    const [writes, names] = [this.#writes?.all ?? [], this.#names?.all ?? []];
    return {
      text: this.#text,
      name: this.#name,
      class: this.#class,
      reason,
      ...(writes.length > 0 && { writes }),
      ...(names.length > 0 && { names }),
    };
  }
}
