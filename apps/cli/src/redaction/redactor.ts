import type { RedactionWishes } from '../policy/policy.ts';
import { CompiledRule } from './compiled-rule.ts';
import { FoundCounts } from './finding.ts';
import type { OnFound } from './found-places.ts';
import { HIGH_ENTROPY } from './high-entropy.ts';
import { JsonCleaning, NAMED } from './json-cleaning.ts';
import { LineSearch } from './line-search.ts';
import { RedactionStream } from './redaction-stream.ts';
import { RuleSet } from './rule-set.ts';
import { BLOCK_RULES } from './rules/blocks.ts';
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
  #hasAsked = false;

  /** @param wishes what is taken out besides what always is: asked anew each time, but once for all that is cleaned in one go, since a file says it */
  constructor(wishes: () => RedactionWishes) {
    this.#wishes = wishes;
  }

  /** Secrets in a text, which is a whole one: what opens in it and does not end is taken out up to its end. */
  redact(text: string): Redaction {
    return this.#redacted(text, this.#always());
  }

  #redacted(text: string, always: readonly CompiledRule[]): Redaction {
    const stream = streamOf(always);
    const bytes = Buffer.from(text);
    const left = Buffer.concat([stream.write(bytes), stream.end()]);
    const { found } = stream;
    return Object.keys(found).length === 0 ? { text, found } : { text: left.toString(), found };
  }

  /** Secrets in the texts of a value, its names included, and what is secret by its name. What was found nowhere is the same value. */
  redactJson<Value>(value: Value): JsonRedaction<Value> {
    const counts = new FoundCounts();
    const always = this.#always();
    const redactText = (text: string): string => {
      const { text: clean, found } = this.#redacted(text, always);
      counts.addAll(found);
      return clean;
    };
    const clean = new JsonCleaning(redactText, () => counts.add(NAMED)).cleaned(value) as Value;
    const found = counts.counts;
    return { value: Object.keys(found).length === 0 ? value : clean, found };
  }

  /** For bytes that come in pieces. @param onFound told of each secret, in order */
  stream(onFound?: OnFound): RedactionStream {
    return streamOf(this.#always(), onFound);
  }

  #always(): readonly CompiledRule[] {
    if (this.#known && this.#hasAsked) return this.#known.always;
    const wishes = this.#wishes();
    if (this.#known?.wishes !== wishes) this.#known = { wishes, always: rulesOf(wishes) };
    this.#hasAsked = true;
    queueMicrotask(() => (this.#hasAsked = false));
    return this.#known.always;
  }
}

function streamOf(always: readonly CompiledRule[], onFound?: OnFound): RedactionStream {
  rules ??= new RuleSet(BLOCK_RULES, SECRET_RULES);
  return new RedactionStream(new SecretSearch(rules, new LineSearch(rules, always), always.length > 0), onFound);
}

function rulesOf({ patterns, highEntropy }: RedactionWishes): readonly CompiledRule[] {
  const own = patterns.map(({ name, pattern }) => new CompiledRule({ kind: name, pattern: `(?:${pattern})` }));
  return highEntropy ? [...own, new CompiledRule(HIGH_ENTROPY)] : own;
}
