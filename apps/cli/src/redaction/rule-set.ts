import { CompiledRule, lineRule, type LineRule } from './compiled-rule.ts';
import { KeywordScan } from './keyword-scan.ts';
import type { BlockRule, SecretRule } from './secret-rule.ts';

interface CalledRule {
  readonly index: number;
  readonly isNear: SecretRule['isNear'];
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
  readonly #byKeyword: readonly (readonly CalledRule[])[];

  constructor(blocks: readonly BlockRule[], rules: readonly SecretRule[]) {
    this.blocks = blocks.map(({ kind, begin, end }) => ({
      kind,
      begin: new CompiledRule({ kind, pattern: begin }),
      end: new CompiledRule({ kind, pattern: end }),
    }));
    this.#rules = rules.map(lineRule);
    const named = new Map<string, CalledRule[]>();
    const called: readonly Pick<SecretRule, 'keywords' | 'isNear'>[] = [...blocks, ...rules];
    for (const [index, { keywords, isNear }] of called.entries())
      for (const keyword of keywords) named.set(keyword, [...(named.get(keyword) ?? []), { index, isNear }]);
    this.#scan = new KeywordScan([...named.keys()]);
    this.#byKeyword = [...named.values()];
  }

  /** Calls `onRule` with each rule that may find something near the byte before `end`. */
  scan(bytes: Uint8Array, onRule: (end: number, rule: number) => void): void {
    this.#scan.scan(bytes, (end, keyword) => {
      for (const { index, isNear } of this.#byKeyword[keyword] ?? [])
        if (isNear === undefined || isNear(bytes, end)) onRule(end, index);
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
