import type { RedactionWishes } from '../policy/policy.ts';
import { CompiledRule } from './compiled-rule.ts';
import { FoundCounts } from './finding.ts';
import { HIGH_ENTROPY } from './high-entropy.ts';
import { LineSearch } from './line-search.ts';
import { placeholder } from './placeholder.ts';
import { RedactionStream } from './redaction-stream.ts';
import { RuleSet } from './rule-set.ts';
import { BLOCK_RULES } from './rules/blocks.ts';
import { isSecretMember } from './rules/named-values.ts';
import { SECRET_RULES } from './rules/rules.ts';
import { SecretSearch } from './secret-search.ts';

export interface Redaction {
  readonly text: string;
  /** How many of each kind were taken out. */
  readonly found: Readonly<Record<string, number>>;
}

export interface JsonRedaction<Value> {
  readonly value: Value;
  readonly found: Readonly<Record<string, number>>;
}

/** The same for all, and made when it is first needed. */
let rules: RuleSet | undefined;

/** Takes secrets out of what leaves this machine. */
export class Redactor {
  readonly #wishes: () => RedactionWishes;
  #known: { readonly wishes: RedactionWishes; readonly always: readonly CompiledRule[] } | undefined;

  /** @param wishes what is taken out besides what always is, asked anew each time */
  constructor(wishes: () => RedactionWishes) {
    this.#wishes = wishes;
  }

  /** Secrets in a text, which is a whole one: what opens in it and does not end is taken out up to its end. */
  redact(text: string): Redaction {
    const stream = this.stream();
    const bytes = Buffer.from(text);
    const left = Buffer.concat([stream.write(bytes), stream.end()]);
    const { found } = stream;
    return Object.keys(found).length === 0 ? { text, found } : { text: left.toString(), found };
  }

  /** Secrets in the texts of a value, its names included, and texts that are secrets by their names. What was found nowhere is the same value. */
  redactJson<Value>(value: Value): JsonRedaction<Value> {
    const counts = new FoundCounts();
    const clean = this.#mapped(value, counts) as Value;
    const found = counts.counts;
    return { value: Object.keys(found).length === 0 ? value : clean, found };
  }

  /** For bytes that come in pieces. */
  stream(): RedactionStream {
    rules ??= new RuleSet(BLOCK_RULES, SECRET_RULES);
    const always = this.#always();
    return new RedactionStream(new SecretSearch(rules, new LineSearch(rules, always), always.length > 0));
  }

  #mapped(value: unknown, counts: FoundCounts): unknown {
    if (typeof value === 'string') return this.#text(value, counts);
    if (Array.isArray(value)) return value.map((item) => this.#mapped(item, counts));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map((member) => this.#member(member, counts)));
  }

  #member([name, value]: [string, unknown], counts: FoundCounts): [string, unknown] {
    const mapped = this.#mapped(value, counts);
    const isWhole = typeof value === 'string' && mapped === value && isSecretMember(name, value);
    if (isWhole) counts.add(NAMED);
    return [this.#text(name, counts), isWhole ? placeholder(NAMED) : mapped];
  }

  #text(text: string, counts: FoundCounts): string {
    const { text: clean, found } = this.redact(text);
    counts.addAll(found);
    return clean;
  }

  #always(): readonly CompiledRule[] {
    const wishes = this.#wishes();
    if (this.#known?.wishes !== wishes) this.#known = { wishes, always: rulesOf(wishes) };
    return this.#known.always;
  }
}

const NAMED = 'named-secret';

function rulesOf({ patterns, highEntropy }: RedactionWishes): readonly CompiledRule[] {
  const own = patterns.map(({ name, pattern }) => new CompiledRule({ kind: name, pattern: `(?:${pattern})` }));
  return highEntropy ? [...own, new CompiledRule(HIGH_ENTROPY)] : own;
}
