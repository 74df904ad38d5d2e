import type { LineRule } from './compiled-rule.ts';
import { merged, notRedacted, type Finding } from './finding.ts';
import { dataBefore } from './key-tail.ts';
import { bytesOf, decodedView, viewsOf, type LineView } from './line-view.ts';
import type { CompiledBlock, RuleSet } from './rule-set.ts';

/** The rank of what the operator wishes: behind all rules. */
const LEAST_EXACT = 1_000;

/** What one line was found to hold, by places in the line. */
export interface LineFindings {
  readonly findings: readonly Finding[];
  /** The last finding reaches to the end of the line, and on. */
  readonly opens: CompiledBlock | undefined;
  /** The first finding is the end of a secret that may have begun in lines before. */
  readonly isTail: boolean;
}

/** Looks for the secrets in one line. */
export class LineSearch {
  readonly #rules: RuleSet;
  readonly #always: readonly LineRule[];

  /** @param always rules that no keyword calls for */
  constructor(rules: RuleSet, always: readonly LineRule[]) {
    this.#rules = rules;
    this.#always = always;
  }

  /**
   * @param isPlain whether nothing steers a terminal in it
   * @param rules that may find something, when that is known: of a line that is not plain it is not
   */
  search(line: Buffer, isPlain: boolean, rules: ReadonlySet<number> | undefined): LineFindings {
    const found: Finding[] = [];
    let opens: CompiledBlock | undefined;
    let isTail = false;
    for (const view of viewsOf(line, isPlain)) {
      const numbers = rules && isPlain ? rules : this.#called(view);
      for (const index of [...numbers].toSorted((a, b) => a - b)) {
        const rule = this.#rules.rule(index);
        const block = this.#rules.block(index);
        if (rule) found.push(...inParts(view, rule, index));
        else if (block) {
          opens = this.#block(view, block, found) ?? opens;
          isTail ||= this.#tail(view, block, found);
        }
      }
      if (this.#always.length > 0) found.push(...this.#wished(view));
    }
    return { findings: merged(notRedacted(line, found)), opens, isTail };
  }

  /** Where a block that was open ends in the line, behind its mark. */
  endOf(line: Buffer, isPlain: boolean, block: CompiledBlock): number | undefined {
    for (const view of viewsOf(line, isPlain))
      for (const { from, to } of block.end.matches(view.text)) return bytesOf(view, from, to)[1];
    return undefined;
  }

  /** @returns the block when it has no end in the line */
  #block(view: LineView, block: CompiledBlock, found: Finding[]): CompiledBlock | undefined {
    let at = 0;
    for (const begin of block.begin.matches(view.text)) {
      if (begin.from < at) continue;
      const [end] = block.end.matches(view.text.slice(begin.to));
      at = end ? begin.to + end.to : view.text.length;
      found.push(findingOf(view, { kind: block.kind, from: begin.from, start: begin.from, end: at, to: at }, 0));
      if (!end) return block;
    }
    return undefined;
  }

  /** Of a block of which only the end is seen. */
  #tail(view: LineView, block: CompiledBlock, found: Finding[]): boolean {
    const [begin] = block.begin.matches(view.text);
    const [end] = block.end.matches(view.text);
    if (!end || (begin && begin.from < end.from)) return false;
    const start = dataBefore(view.text, end.from);
    found.push(findingOf(view, { kind: block.kind, from: start, start, end: end.to, to: end.to }, 0));
    return true;
  }

  #wished(view: LineView): Finding[] {
    const decoded = decodedView(view);
    return this.#always.flatMap((rule, index) => [...inParts(decoded, rule, LEAST_EXACT + index)]);
  }

  #called(view: LineView): Set<number> {
    const numbers = new Set<number>();
    this.#rules.scan(Buffer.from(view.text, 'latin1'), (_end, rule) => numbers.add(rule));
    return numbers;
  }
}

type Place = Pick<Finding, 'kind' | 'from' | 'start' | 'end' | 'to'>;

function findingOf(view: LineView, { kind, from, start, end, to }: Place, rank: number): Finding {
  const [first, last] = bytesOf(view, start, end);
  const [known, knownTo] = bytesOf(view, from, to);
  return {
    kind,
    rank,
    from: Math.min(first, known),
    start: first,
    end: last,
    to: Math.max(last, knownTo),
    isContinued: false,
  };
}

/** What a carriage return ends is a line for those who read and for rules: no reader sees both sides of it as one. */
function* inParts(view: LineView, rule: LineRule, rank: number): Generator<Finding> {
  let at = 0;
  for (const part of view.text.split('\r')) {
    for (const { from, to, start, end } of rule.matches(part))
      yield findingOf(view, { kind: rule.kind, from: at + from, to: at + to, start: at + start, end: at + end }, rank);
    at += part.length + 1;
  }
}
