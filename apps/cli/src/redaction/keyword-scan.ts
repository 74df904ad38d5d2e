/** Where a keyword ends in the bytes that were looked at, and which it is. */
export type OnKeyword = (end: number, keyword: number) => void;

const ROOT = 0;

/**
 * Finds many keywords in one pass, without regard to case (Aho and Corasick, 1975, as an automaton that never looks back): each byte costs one look into
 * a table, whatever the text and however many the keywords.
 */
export class KeywordScan {
  /** Class of each byte: upper-case letters are of that of the lower-case ones, bytes of no keyword are of class 0. */
  readonly #classes = new Uint8Array(256);
  readonly #width: number;
  /** The state after a state and a class: already multiplied by the width, and negative where a keyword ends. */
  readonly #next: Int32Array;
  /** Keywords that end in each state. */
  readonly #ends: readonly (readonly number[])[];

  /** @param keywords in lower case, ASCII, none empty */
  constructor(keywords: readonly string[]) {
    const text = keywords.join('');
    const bytes = [...new Set(text)].map((character) => character.charCodeAt(0));
    bytes.forEach((byte, index) => this.#classify(byte, index + 1));
    this.#width = bytes.length + 1;
    const trie = new Trie(this.#width, text.length + 1);
    keywords.forEach((keyword, index) => trie.add(this.#classesOf(keyword), index));
    trie.link();
    this.#ends = trie.ends;
    this.#next = trie.next.slice(0, trie.ends.length * this.#width);
    for (let index = 0; index < this.#next.length; index++) {
      const state = this.#next[index] ?? ROOT;
      this.#next[index] = (trie.ends[state]?.length ?? 0) > 0 ? -state * this.#width : state * this.#width;
    }
  }

  scan(bytes: Uint8Array, onKeyword: OnKeyword): void {
    const [classes, next, width] = [this.#classes, this.#next, this.#width];
    let state = ROOT;
    for (let at = 0; at < bytes.length; at++) {
      state = next[state + (classes[bytes[at] ?? 0] ?? 0)] ?? ROOT;
      if (state >= 0) continue;
      state = -state;
      for (const keyword of this.#ends[state / width] ?? []) onKeyword(at + 1, keyword);
    }
  }

  #classify(byte: number, of: number): void {
    this.#classes[byte] = of;
    if (byte >= 0x61 && byte <= 0x7a) this.#classes[byte - 0x20] = of;
  }

  #classesOf(keyword: string): number[] {
    return Array.from(keyword, (character) => this.#classes[character.charCodeAt(0)] ?? 0);
  }
}

/** The automaton while it is made: in a table that has room for all, since this is waited for before the first output. */
class Trie {
  readonly next: Int32Array;
  readonly ends: number[][] = [[]];
  readonly #width: number;

  constructor(width: number, mostStates: number) {
    this.#width = width;
    this.next = new Int32Array(width * mostStates);
  }

  add(classes: readonly number[], keyword: number): void {
    let state = ROOT;
    for (const of of classes) state = this.next[state * this.#width + of] || this.#grow(state, of);
    this.ends[state]?.push(keyword);
  }

  /** Fills in where each state goes with what no keyword goes on with: where the longest end of what was read would. */
  link(): void {
    const fallback = new Int32Array(this.ends.length);
    const queue = [ROOT];
    for (const state of queue) {
      for (let of = 1; of < this.#width; of++) {
        const index = state * this.#width + of;
        const child = this.next[index] ?? ROOT;
        const elsewhere = state === ROOT ? ROOT : (this.next[(fallback[state] ?? ROOT) * this.#width + of] ?? ROOT);
        if (child === ROOT) this.next[index] = elsewhere;
        else {
          fallback[child] = elsewhere;
          this.ends[child]?.push(...(this.ends[elsewhere] ?? []));
          queue.push(child);
        }
      }
    }
  }

  #grow(state: number, of: number): number {
    return (this.next[state * this.#width + of] = this.ends.push([]) - 1);
  }
}
