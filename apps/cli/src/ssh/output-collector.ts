import { TextDecoder } from 'node:util';
import { ControlSequences, isMostlyInvalid, OverwrittenLines } from '@servonaut/plugin-sdk/plain-output';
import { HeadAndTail } from './head-and-tail.ts';

export interface CollectedOutput {
  /** Head and tail within the bound, with a line between them that says how much was left out. Empty when `binary`. */
  readonly text: string;
  /** Bytes that were written, before anything was taken out. */
  readonly bytes: number;
  readonly truncated: boolean;
  readonly binary: boolean;
}

export interface CollectorOptions {
  /** Most characters of the text. */
  readonly limit: number;
  /** Takes nothing out of the text that steers a terminal. */
  readonly raw: boolean;
  /** Told of text as it comes; lines that are written over are told of as often. */
  readonly onText: ((text: string) => void) | undefined;
}

/** What a reader is shown of one output stream, in memory that does not grow with it. */
export class OutputCollector {
  readonly #shown: HeadAndTail;
  readonly #controls: ControlSequences | undefined;
  readonly #lines = new OverwrittenLines();
  readonly #onText: CollectorOptions['onText'];
  readonly #decoder: TextDecoder | undefined;
  readonly #show = (bytes: Buffer): void => this.#shown.write(bytes);
  #bytes = 0;
  #hasNul = false;

  constructor({ limit, raw, onText }: CollectorOptions) {
    this.#shown = new HeadAndTail(limit);
    this.#controls = raw ? undefined : new ControlSequences();
    this.#onText = onText;
    this.#decoder = onText && new TextDecoder();
  }

  /** @param written how many bytes came, where they are others than these */
  write(chunk: Buffer, written = chunk.length): void {
    this.#bytes += written;
    this.#hasNul ||= chunk.includes(0);
    const left = this.#controls?.write(chunk) ?? chunk;
    if (this.#controls) this.#lines.write(left, this.#show);
    else this.#shown.write(left);
    const text = this.#decoder?.decode(left, { stream: true });
    if (text) this.#onText?.(text);
  }

  end(): CollectedOutput {
    if (this.#controls) this.#lines.write(this.#controls.end(), this.#show);
    this.#shown.write(this.#lines.end());
    const text = this.#hasNul ? '' : this.#shown.text();
    const binary = this.#hasNul || isMostlyInvalid(text);
    return { text: binary ? '' : text, bytes: this.#bytes, truncated: this.#shown.isCut, binary };
  }
}
