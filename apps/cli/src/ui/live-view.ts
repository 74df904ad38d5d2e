import type { Pause } from '../pause/pause-file.ts';
import type { RelayEvent, ShownRequest } from '../relay/relay-event.ts';
import type { ShowQuestion } from './approval-prompt.ts';
import type { ConnectFacts, ConnectView } from './connect-view.ts';
import { eventLine, requestText } from './event-line.ts';
import { folded } from './plain-text.ts';
import { pauseText } from './render-pause.ts';

/** Running requests that have a line; with more, the terminal would scroll away what is redrawn. */
const MAX_LIVE_LINES = 8;
const REDRAW_MS = 1_000;
const ESCAPE = '\u001B[';

/** For a terminal: what has happened scrolls by, what runs stands below it and counts its seconds. */
export class LiveView implements ConnectView {
  readonly #write: (text: string) => void;
  readonly #facts: ConnectFacts;
  readonly #now: () => number;
  readonly #columns: () => number;
  #paused: Pause | undefined;
  #hint: string | undefined;
  readonly #running = new Map<string, { request: ShownRequest; since: number }>();
  #drawnLines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    write: (text: string) => void,
    facts: ConnectFacts,
    now: () => number = Date.now,
    columns = (): number => process.stdout.columns,
  ) {
    this.#write = write;
    this.#facts = facts;
    this.#now = now;
    this.#columns = columns;
  }

  show(event: RelayEvent): void {
    if (event.event === 'request_started')
      this.#running.set(event.request.requestId, { request: event.request, since: this.#now() });
    else if (event.event === 'request_finished') this.#running.delete(event.request.requestId);
    else if (event.event === 'paused') this.#paused = event.pause;
    else if (event.event === 'resumed') this.#paused = undefined;
    this.#draw(
      event.event === 'request_started' ? '' : this.#rows(`${this.#clock()} ${eventLine(event, this.#facts)}`),
    );
    if (this.#running.size === 0) this.close();
    else this.#timer ??= setInterval(() => this.#draw(''), REDRAW_MS).unref();
  }

  readonly ask: ShowQuestion = (question) => {
    this.#hint = question?.hint;
    this.#draw(question ? `\n${question.text}` : '');
  };

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #clock(): string {
    return new Date(this.#now()).toTimeString().slice(0, 8);
  }

  /** Takes back the live lines, writes what stays, and draws the live lines again, in one write so that nothing flickers. */
  #draw(stays: string): void {
    const back = this.#drawnLines === 0 ? '' : `${ESCAPE}${this.#drawnLines}A${ESCAPE}0J`;
    const live = this.#liveLines().map((line) => this.#rows(line));
    this.#drawnLines = live.join('').split('\n').length - 1;
    this.#write(back + stays + live.join(''));
  }

  #rows(line: string): string {
    return folded(line, this.#columns()).join('\n') + '\n';
  }

  #liveLines(): string[] {
    const all = [...this.#running.values()];
    const shown = all
      .slice(0, MAX_LIVE_LINES)
      .map(({ request, since }) => `  ${requestText(request)} … ${Math.floor((this.#now() - since) / 1_000)} s`);
    const rest = all.length > MAX_LIVE_LINES ? [`  and ${all.length - MAX_LIVE_LINES} more`] : [];
    const paused = this.#paused ? [`  PAUSED ${pauseText(this.#paused)}: u resumes`] : [];
    const asked = this.#hint === undefined ? [] : [`  WAITS FOR YOU: ${this.#hint}`];
    return [...shown, ...rest, ...paused, ...asked];
  }
}
