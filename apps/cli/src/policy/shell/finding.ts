import { isWorse, type CommandClass, type FoundCommand } from './command-verdict.ts';

/** What is being found out of one command: its class only ever rises, and the reason is that of the first that made it so bad. */
export class Finding {
  readonly #text: string;
  readonly #name: string | null;
  #class: CommandClass = 'read-only';
  #reason: string | undefined;

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

  found(): FoundCommand {
    const reason = this.#reason ?? 'it changes nothing';
    return { text: this.#text, name: this.#name, class: this.#class, reason };
  }
}
