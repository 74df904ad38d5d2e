import type { Finding } from './finding.ts';

const LINE_FEED = 0x0a;

/** Where a secret stands in all that came: line and byte of it, from 1 on. In a line that is too long what steers a terminal is not counted. */
export interface FoundSecret {
  readonly kind: string;
  readonly line: number;
  readonly column: number;
}

export type OnFound = (secret: FoundSecret) => void;

/** Tells of secrets by the lines and columns of all that came. */
export class FoundPlaces {
  readonly #onFound: OnFound;
  #line = 1;
  #column = 1;

  constructor(onFound: OnFound) {
    this.#onFound = onFound;
  }

  /** @param bytes what comes next, with what was found in it */
  tell(bytes: Buffer, findings: readonly Finding[]): void {
    let at = 0;
    for (const { kind, start, isContinued } of findings) {
      this.#pass(bytes.subarray(at, start));
      at = start;
      if (!isContinued) this.#onFound({ kind, line: this.#line, column: this.#column });
    }
    this.#pass(bytes.subarray(at));
  }

  #pass(bytes: Buffer): void {
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) this.#line++;
    const lineStart = bytes.lastIndexOf(LINE_FEED) + 1;
    this.#column = lineStart > 0 ? bytes.length - lineStart + 1 : this.#column + bytes.length;
  }
}
