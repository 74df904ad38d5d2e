import { placeholder } from '../redaction/placeholder.ts';

/** A shorter one may be a word of its own in what a tool answers, and would tell by its absence what it is. */
const SHORTEST = 8;

/** What the operator has stored for a plugin and a call was given: it leaves with nothing of that call, whatever it looks like. */
export class GivenSecrets {
  #hasAny = false;
  /** As they stand in a text, in JSON and in an address. The longest first, since one may be part of another. */
  #forms: readonly string[] = [];

  /** Whether the call was given any, however short. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  add(value: string): void {
    this.#hasAny = true;
    if (value.length < SHORTEST) return;
    const forms = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())];
    this.#forms = [...new Set([...this.#forms, ...forms])].toSorted((a, b) => b.length - a.length);
  }

  takenOut(text: string): string {
    let left = text;
    for (const form of this.#forms) left = left.replaceAll(form, placeholder('plugin-secret'));
    return left;
  }

  /** Out of all texts of a value of JSON, and the names within it; its own members keep theirs. */
  takenOutOf<Value extends object>(value: Value): Value {
    if (this.#forms.length === 0) return value;
    const members = Object.entries(JSON.parse(JSON.stringify(value)) as object);
    return Object.fromEntries(members.map(([name, part]) => [name, this.#cleaned(part)])) as Value;
  }

  #cleaned(part: unknown): unknown {
    if (typeof part === 'string') return this.takenOut(part);
    if (Array.isArray(part)) return part.map((item) => this.#cleaned(item));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [this.takenOut(name), this.#cleaned(inner)]));
  }
}
