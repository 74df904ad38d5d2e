import { LineSplitter, type LineSink } from './line-splitter.ts';
import { LogSummary, type LogTemplate } from './log-summary.ts';
import { zoneMinutes } from './log-time.ts';

/** What a log says. */
export interface ReadLog {
  /** All that were not empty. */
  readonly lines: number;
  /** Those that were only counted, since there were too many groups already. */
  readonly ungrouped: number;
  /** The rarest first. */
  readonly templates: readonly LogTemplate[];
}

/** Reads a log whose first line is the zone of the server, for lines that do not say in which they are. */
export class LogReader implements LineSink {
  readonly #splitter = new LineSplitter(this);
  #summary: LogSummary | undefined;

  /** Nothing of a chunk is looked at afterwards. */
  write(chunk: Uint8Array): void {
    this.#splitter.write(chunk);
  }

  end(): ReadLog {
    this.#splitter.end();
    const { lines = 0, ungrouped = 0 } = this.#summary ?? {};
    return { lines, ungrouped, templates: this.#summary?.templates() ?? [] };
  }

  line(bytes: Uint8Array, start: number, end: number, shape: number): void {
    if (this.#summary) return this.#summary.line(bytes, start, end, shape);
    const zone = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    this.#summary = new LogSummary({ zoneMinutes: zoneMinutes(zone, { zoneMinutes: 0 }), now: Date.now() });
  }

  settle(): void {
    this.#summary?.settle();
  }
}
