import { CompiledRule, lineRule, type LineRule } from './compiled-rule.ts';
import { KeywordScan } from './keyword-scan.ts';
import type { BlockRule, SecretRule } from './secret-rule.ts';

/** Rules that look around in the same way, which is done once for all of them. */
interface CalledRules {
  readonly isNear: SecretRule['isNear'];
  readonly indexes: number[];
}

export interface CompiledBlock {
  readonly kind: string;
  readonly begin: CompiledRule;
  readonly end: CompiledRule;
}

/** All rules by the order in which they name what several of them find; blocks come first. */
export class RuleSet {
  readonly blocks: readonly CompiledBlock[];
  readonly #rules: readonly LineRule[];
  readonly #scan: KeywordScan;
  /** By keyword: the rules that it may stand for. */
  readonly #byKeyword: readonly (readonly CalledRules[])[];

  constructor(blocks: readonly BlockRule[], rules: readonly SecretRule[]) {
    this.blocks = blocks.map(({ kind, begin, end }) => ({
      kind,
      begin: new CompiledRule({ kind, pattern: begin }),
      end: new CompiledRule({ kind, pattern: end }),
    }));
    this.#rules = rules.map(lineRule);
    const named = new Map<string, CalledRules[]>();
    const called: readonly Pick<SecretRule, 'keywords' | 'isNear'>[] = [...blocks, ...rules];
    for (const [index, { keywords, isNear }] of called.entries())
      for (const keyword of keywords) call(named, keyword, isNear).push(index);
    this.#scan = new KeywordScan([...named.keys()]);
    this.#byKeyword = [...named.values()];
  }

  /** Calls `onRule` with each rule that may find something near the byte before `end`. */
  scan(bytes: Uint8Array, onRule: (end: number, rule: number) => void): void {
    this.#scan.scan(bytes, (end, keyword) => {
      for (const { indexes, isNear } of this.#byKeyword[keyword] ?? [])
        if (isNear === undefined || isNear(bytes, end)) for (const index of indexes) onRule(end, index);
    });
  }

  /** Undefined for the number of a block. */
  rule(index: number): LineRule | undefined {
    return this.#rules[index - this.blocks.length];
  }

  block(index: number): CompiledBlock | undefined {
    return this.blocks[index];
  }
}

/** Of what a keyword calls for the rules that look around so. */
function call(named: Map<string, CalledRules[]>, keyword: string, isNear: SecretRule['isNear']): number[] {
  const called = named.get(keyword) ?? [];
  named.set(keyword, called);
  const known = called.find((rules) => rules.isNear === isNear);
  if (known) return known.indexes;
  const indexes: number[] = [];
  called.push({ isNear, indexes });
  return indexes;
}
