import { ControlSequences } from '@servonaut/plugin-sdk/plain-output';

const BACKSPACE = 0x08;

/** One line as a reader may come to see it, a character for each byte. */
export interface LineView {
  readonly text: string;
  /** Where each character stands in the line; undefined when nothing was taken out. */
  readonly places: readonly number[] | undefined;
}

/** The bytes of the line that the part of a view from `start` to `end` came from, with what stood between them and is not seen. */
export function bytesOf({ places }: LineView, start: number, end: number): readonly [start: number, end: number] {
  return places ? [places[start] ?? 0, (places[end - 1] ?? -1) + 1] : [start, end];
}

/**
 * The line without what steers a terminal, and where a backspace takes characters back both with them and without: a secret may be whole in one and in
 * pieces in the other.
 * @param isPlain whether nothing steers a terminal in it besides backspaces
 */
export function viewsOf(line: Buffer, isPlain: boolean): readonly LineView[] {
  const plain = isPlain ? { text: line.toString('latin1'), places: undefined } : withoutControls(line);
  return plain.text.includes('\b') ? [edited(plain, false), edited(plain, true)] : [plain];
}

function withoutControls(line: Buffer): LineView {
  const controls = new ControlSequences();
  const places: number[] = [];
  let text = '';
  for (let at = 0; at < line.length; at++) {
    // Two at most: a byte that was held back, and this one.
    const left = controls.write(line.subarray(at, at + 1));
    for (let back = left.length; back > 0; back--) places.push(at + 1 - back);
    text += left.toString('latin1');
  }
  return { text, places };
}

function edited(view: LineView, takesBack: boolean): LineView {
  const [characters, places]: [number[], number[]] = [[], []];
  for (let at = 0; at < view.text.length; at++) {
    const character = view.text.charCodeAt(at);
    if (character !== BACKSPACE) {
      characters.push(character);
      places.push(view.places?.[at] ?? at);
    } else if (takesBack) {
      characters.pop();
      places.pop();
    }
  }
  return { text: Buffer.from(characters).toString('latin1'), places };
}
