/** Where in a sequence the reader stands. */
const GROUND = 0;
/** After ESC. */
const ESCAPE = 1;
/** After ESC and an intermediate byte, as in `ESC ( B`. */
const INTERMEDIATE = 2;
/** In a control sequence, as `ESC [ 1 ; 31 m`. */
const CSI = 3;
/** In a control string: a title or a hyperlink (OSC), DCS, SOS, PM, APC. */
const STRING = 4;
/** After the byte with which both the C1 controls and some letters begin, in a string. */
const STRING_C2 = 5;
/** The same outside of any sequence. */
const C2 = 6;
/** The sequence ends before this byte, which is to be read again. */
const AGAIN = 7;

const [BELL, TAB, LINE_FEED, CANCEL, SUBSTITUTE, ESC] = [0x07, 0x09, 0x0a, 0x18, 0x1a, 0x1b];
const C1_LEAD = 0xc2;
/** What may follow ESC to open a string: ] P X ^ _. The C1 controls of the same meaning are these plus 0x40. */
const STRING_OPENERS: readonly number[] = [0x5d, 0x50, 0x58, 0x5e, 0x5f];

/** 1 for a byte that does not just stay where no sequence is open. Carriage return and backspace are for `OverwrittenLines`. */
const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 ? Number(byte === C1_LEAD || byte === 0x7f) : Number(![0x08, TAB, LINE_FEED, 0x0d].includes(byte)),
);

const NOTHING = Buffer.alloc(0);

/** ECMA-48, sections 5.3 and 5.4, in UTF-8. No sequence goes on behind the end of its line, so that an open one hides no more than that. */
function next(state: number, byte: number): number {
  if (state === C2) return afterC1Lead(byte);
  // Within a string too, where the ESC of its end is the one before a backslash.
  if (byte === ESC) return ESCAPE;
  if (byte === CANCEL || byte === SUBSTITUTE) return GROUND;
  switch (state) {
    case ESCAPE:
      if (byte === 0x5b) return CSI;
      if (STRING_OPENERS.includes(byte)) return STRING;
      return byte >= 0x20 && byte <= 0x2f ? INTERMEDIATE : byte >= 0x30 && byte <= 0x7e ? GROUND : AGAIN;
    case INTERMEDIATE:
      return byte >= 0x20 && byte <= 0x2f ? INTERMEDIATE : byte >= 0x30 && byte <= 0x7e ? GROUND : AGAIN;
    case CSI:
      return byte >= 0x20 && byte <= 0x3f ? CSI : byte >= 0x40 && byte <= 0x7e ? GROUND : AGAIN;
    case STRING_C2:
      return byte === 0x9c ? GROUND : next(STRING, byte);
    default:
      if (byte === C1_LEAD) return STRING_C2;
      return byte === BELL ? GROUND : byte === LINE_FEED ? AGAIN : STRING;
  }
}

function afterC1Lead(byte: number): number {
  if (byte < 0x80 || byte > 0x9f) return AGAIN;
  if (byte === 0x9b) return CSI;
  return STRING_OPENERS.includes(byte - 0x40) ? STRING : GROUND;
}

/**
 * Takes out of the bytes of a text what steers a terminal and is no text: escape sequences (colours, cursor movement, titles, hyperlinks, whose
 * text stays) and control characters but tab, line feed, carriage return and backspace. Each byte is looked at once and none is held back, wherever
 * a chunk ends.
 */
export class ControlSequences {
  #state = GROUND;

  /** @returns what is left, which is `chunk` itself when it is all of it */
  write(chunk: Buffer): Buffer {
    let at = this.#state === GROUND ? plainEnd(chunk, 0) : 0;
    if (at === chunk.length) return chunk;
    // A C1 lead that was held back turns out to be a letter's: one byte more than came.
    const left = Buffer.allocUnsafe(chunk.length + 1);
    let length = chunk.copy(left, 0, 0, at);
    while (at < chunk.length) {
      if (this.#state === GROUND) {
        const end = plainEnd(chunk, at);
        length += chunk.copy(left, length, at, end);
        at = end;
        if (at < chunk.length) this.#state = opened(chunk[at++] ?? 0);
        continue;
      }
      const state = next(this.#state, chunk[at] ?? 0);
      if (this.#state === C2 && state === AGAIN) left[length++] = C1_LEAD;
      if (state === AGAIN) this.#state = GROUND;
      else [this.#state, at] = [state, at + 1];
    }
    return left.subarray(0, length);
  }

  /** What was held back. */
  end(): Buffer {
    const isCut = this.#state === C2;
    this.#state = GROUND;
    return isCut ? Buffer.of(C1_LEAD) : NOTHING;
  }
}

/** Four at a time: this is done with every byte that a command writes. */
function plainEnd(chunk: Buffer, from: number): number {
  let at = from;
  for (const end = chunk.length - 3; at < end; at += 4)
    if (isSpecial(chunk[at]) || isSpecial(chunk[at + 1]) || isSpecial(chunk[at + 2]) || isSpecial(chunk[at + 3])) break;
  while (at < chunk.length && !isSpecial(chunk[at])) at++;
  return at;
}

function isSpecial(byte = 0): boolean {
  return SPECIAL[byte] !== 0;
}

/** The state after a byte that is not plain. */
function opened(byte: number): number {
  return byte === ESC ? ESCAPE : byte === C1_LEAD ? C2 : GROUND;
}
