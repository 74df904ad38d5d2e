import { ANY_WORD } from './masked-line.ts';

/** Of the words that could differ, the share that has to be the same for a line to be of a group. */
const SIMILARITY = 0.5;
/** Words that decide where a group is looked for, besides how many there are. */
const LEADING_WORDS = 2;
/** Lines after which a word that has been the same in all of them is taken for part of the message. */
const STEADY_LINES = 100;

/** All other words with a digit are variable. What ended in another way is no line of the same kind. */
const CODE = /\d/;

export interface WordGroup {
  /** Those of the message, and `<*>` where lines differ. */
  words: readonly string[];
  /** Lines that there have been. */
  count: number;
}

/**
 * Groups lines by their words as Drain does (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017): a tree of fixed
 * depth, by the number of words and the first of them, leads to the few groups that a line is compared with. Its nodes are the entries of one map here.
 * One thing is different: once a group has had many lines, words in which they were all alike stay; Drain would put "payment refused" among fifty
 * thousand times "payment accepted", and nobody would see it again. And so do codes, which are part of what leads to a group.
 */
export class DrainTree<Group extends WordGroup> {
  readonly #leaves = new Map<string, Group[]>();

  /** The group of a line, which then covers it; undefined when it is like none. */
  join(words: readonly string[]): Group | undefined {
    const candidates = this.#leaves.get(leafOf(words)) ?? [];
    let best: Group | undefined;
    let similarity = SIMILARITY;
    for (const group of candidates) {
      const found = similar(group, words);
      if (found < similarity || (best && found === similarity)) continue;
      [best, similarity] = [group, found];
    }
    if (best) best.words = best.words.map((word, at) => (word === words[at] ? word : ANY_WORD));
    return best;
  }

  add(group: Group): void {
    const leaf = leafOf(group.words);
    const groups = this.#leaves.get(leaf);
    if (groups) groups.push(group);
    else this.#leaves.set(leaf, [group]);
  }
}

function leafOf(words: readonly string[]): string {
  const leading = words.slice(0, LEADING_WORDS).map((word) => (word.includes(ANY_WORD) ? ANY_WORD : word));
  return [words.length, ...leading, ...words.filter((word) => CODE.test(word))].join(' ');
}

/** From 0 to 1; of words that are variable in both nothing can be told, so they do not count. */
function similar({ words: known, count }: WordGroup, words: readonly string[]): number {
  let [same, opened, open] = [0, 0, 0];
  for (const [at, word] of known.entries()) {
    if (word === ANY_WORD) open += Number(words[at] === ANY_WORD);
    else if (word === words[at]) same++;
    else opened++;
  }
  if (opened > 0 && count >= STEADY_LINES) return 0;
  return words.length === open ? 1 : same / (words.length - open);
}
