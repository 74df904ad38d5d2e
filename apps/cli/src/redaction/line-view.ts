import { isUtf8 } from 'node:buffer';
import { ControlSequences } from '@servonaut/plugin-sdk/plain-output';

const BACKSPACE = 0x08;

/** One line as a reader may come to see it, a character for each byte. */
export interface LineView {
  readonly text: string;
  /** Where each character stands in the line; undefined when nothing was taken out. Found when it is asked for, which is seldom. */
  readonly places: readonly number[] | undefined;
  /** Where each ends, when not one byte behind its place. */
  readonly ends?: readonly number[];
}

/** The bytes of the line that the part of a view from `start` to `end` came from, with what stood between them and is not seen. */
export function bytesOf({ places, ends }: LineView, start: number, end: number): readonly [start: number, end: number] {
  return places ? [places[start] ?? 0, ends?.[end - 1] ?? (places[end - 1] ?? -1) + 1] : [start, end];
}

/** The same as text of people, for patterns of theirs: characters rather than bytes, where they are UTF-8. */
export function decodedView(view: LineView): LineView {
  const bytes = Buffer.from(view.text, 'latin1');
  const text = isUtf8(bytes) ? bytes.toString() : view.text;
  if (text.length === view.text.length) return view;
  const placeOf = (at: number): number => view.places?.[at] ?? at;
  const [places, ends]: [number[], number[]] = [[], []];
  let at = 0;
  for (const character of text) {
    const end = at + Buffer.byteLength(character);
    for (let unit = 0; unit < character.length; unit++) {
      places.push(placeOf(at));
      ends.push(placeOf(end - 1) + 1);
    }
    at = end;
  }
  return { text, places, ends };
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
  const text = Buffer.concat([controls.write(line), controls.end()]).toString('latin1');
  let places: readonly number[] | undefined;
  return {
    text,
    get places() {
      return (places ??= placesLeft(line));
    },
  };
}

function placesLeft(line: Buffer): number[] {
  const controls = new ControlSequences();
  const places: number[] = [];
  for (let at = 0; at < line.length; at++) {
    // Two at most: a byte that was held back, and this one.
    const left = controls.write(line.subarray(at, at + 1)).length;
    for (let back = left; back > 0; back--) places.push(at + 1 - back);
  }
  return controls.end().length > 0 ? [...places, line.length - 1] : places;
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
