const ANY_WORD = '<*>';
/** Most words of a key that is compared; a longer one stays apart. */
const MOST_WORDS = 64;
/** Words that may be compared for each key; once as many are, keys stay apart. */
const COMPARED_WORDS = 500;

interface Key {
  readonly text: string;
  /** Numbers that stand for its words; -1 for any word. */
  readonly words: readonly number[];
  readonly open: number;
}

/**
 * Of each key that another covers, which one: that has the same words, and `<*>` in place of some of them. A key that is `<*>` for the most part covers
 * nothing: whoever can write to the logs of one server could hide with it what the others tell. The most open come first, and cover what those cover that
 * they cover; the order of the keys does not matter.
 */
export function coveringKeys(texts: ReadonlySet<string>): ReadonlyMap<string, string> {
  const covered = new Map<string, string>();
  const coversBySize = new Map<number, Key[]>();
  let left = COMPARED_WORDS * texts.size;
  for (const key of keysOf(texts)) {
    const covers = coversBySize.get(key.words.length) ?? [];
    coversBySize.set(key.words.length, covers);
    const cover = covers.find((one) => {
      if (left <= 0) return false;
      const compared = comparedWords(one, key);
      left -= compared;
      return compared > key.words.length;
    });
    if (cover) covered.set(key.text, cover.text);
    else if (key.open > 0 && 2 * key.open <= key.words.length) covers.push(key);
  }
  return covered;
}

function keysOf(texts: ReadonlySet<string>): Key[] {
  const numbers = new Map<string, number>([[ANY_WORD, -1]]);
  const numberOf = (word: string): number => {
    const known = numbers.get(word) ?? numbers.size;
    numbers.set(word, known);
    return known;
  };
  const keys = [...texts].flatMap((text) => {
    const words = text.split(' ', MOST_WORDS + 1);
    if (words.length > MOST_WORDS) return [];
    return { text, words: words.map(numberOf), open: words.filter((word) => word === ANY_WORD).length };
  });
  return keys.sort((a, b) => b.open - a.open || (a.text < b.text ? -1 : 1));
}

/** How many words were looked at; one more than there are when the first covers the other. */
function comparedWords({ words: covering }: Key, { words }: Key): number {
  const differs = covering.findIndex((word, at) => word !== -1 && word !== words[at]);
  return differs === -1 ? words.length + 1 : differs + 1;
}
