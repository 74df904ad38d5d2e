import { isPlaceholderAlone, placeholder } from './placeholder.ts';
import { isNamed } from './rules/plain-words.ts';
import { isSecretName } from './rules/secret-names.ts';

/** The kind of what is secret only by its name. */
export const NAMED = 'named-secret';

/** Members that name what stands beside them as `value`. */
const NAMING: ReadonlySet<string> = new Set(['name', 'key', 'variable']);

/**
 * Takes secrets out of a value of JSON. What has the name of a secret is one in all its parts, by the names that they have within it: of
 * `{ credentials: { type, value } }` the value is.
 */
export class JsonCleaning {
  readonly #redactText: (text: string) => string;
  readonly #onNamed: () => void;

  /** @param onNamed told of each text or number that is a secret only by its name */
  constructor(redactText: (text: string) => string, onNamed: () => void) {
    this.#redactText = redactText;
    this.#onNamed = onNamed;
  }

  /** @param name of a secret, when it stands under one */
  cleaned(value: unknown, name?: string): unknown {
    if (typeof value === 'string' || typeof value === 'number') return this.#leaf(value, name);
    if (Array.isArray(value)) return this.#list(value, name);
    if (typeof value !== 'object' || value === null) return value;
    const label = labelOf(value);
    const members = Object.entries(value).map(([member, inner]) => {
      const own = label !== undefined && member.toLowerCase() === 'value' ? label : member;
      return [this.#redactText(member), this.cleaned(inner, name === undefined ? secretName(own) : `${name}_${own}`)];
    });
    return Object.fromEntries(members) as unknown;
  }

  #leaf(value: string | number, name: string | undefined): unknown {
    const clean = typeof value === 'string' ? this.#redactText(value) : value;
    if (name === undefined || !isNamed(name, String(value)) || isPlaceholderAlone(String(clean))) return clean;
    if (clean === value) this.#onNamed();
    return placeholder(NAMED);
  }

  #list(items: readonly unknown[], name: string | undefined): unknown[] {
    const left = items.length > 1 && items.every((item) => typeof item === 'string') ? this.#lines(items) : items;
    return left.map((item, index) => this.cleaned(item, name ?? optionName(left[index - 1])));
  }

  /** As the lines of a text, since a secret may take several of them: it leaves one for all of its. */
  #lines(items: readonly string[]): readonly string[] {
    const text = items.join('\n');
    const left = this.#redactText(text);
    return left === text ? items : left.split('\n');
  }
}

/** The name if it is that of a secret; of several of them that of one. */
function secretName(name: string): string | undefined {
  const one = name.replace(/([^s])s$/i, '$1');
  return isSecretName(one) ? one : undefined;
}

/** What is said before its value in the arguments of a program. */
function optionName(before: unknown): string | undefined {
  return typeof before === 'string' && before.startsWith('-') ? secretName(before) : undefined;
}

function labelOf(value: object): string | undefined {
  const label = Object.entries(value).find(([member]) => NAMING.has(member.toLowerCase()))?.[1] as unknown;
  return typeof label === 'string' ? label : undefined;
}
