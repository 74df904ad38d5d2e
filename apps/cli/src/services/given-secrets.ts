import { placeholder } from '../redaction/placeholder.ts';

/** A shorter one may be a word of its own in what a tool answers, and would tell by its absence what it is. */
const SHORTEST = 8;

/** What the operator has stored for a plugin and a call was given: it leaves with nothing of that call, whatever it looks like. */
export class GivenSecrets {
  readonly #values = new Set<string>();

  add(value: string): void {
    if (value.length >= SHORTEST) this.#values.add(value);
  }

  takenOut(text: string): string {
    let left = text;
    for (const value of this.#values) left = left.replaceAll(value, placeholder('plugin-secret'));
    return left;
  }

  /** Out of all texts of a value of JSON. */
  takenOutOf<Value>(value: Value): Value {
    if (this.#values.size === 0) return value;
    return JSON.parse(JSON.stringify(value), (_name, part: unknown) =>
      typeof part === 'string' ? this.takenOut(part) : part,
    ) as Value;
  }
}
