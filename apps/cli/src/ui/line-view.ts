import type { RelayEvent } from '../relay/relay-event.ts';
import type { ConnectView } from './connect-view.ts';

/** One line per event: for log files, systemd and pipes. */
export class LineView implements ConnectView {
  readonly #write: (line: string) => void;
  readonly #format: (event: RelayEvent) => string;

  constructor(write: (text: string) => void, format: (event: RelayEvent) => string) {
    this.#write = write;
    this.#format = format;
  }

  show(event: RelayEvent): void {
    this.#write(`${this.#format(event)}\n`);
  }

  close(): void {
    // Every line has been written.
  }
}
