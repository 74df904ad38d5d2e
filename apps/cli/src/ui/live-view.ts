import { styleText } from 'node:util';
import type { Pause } from '../pause/pause-file.ts';
import type { RelayActivity } from '../relay/relay-activity.ts';
import type { RelayEvent } from '../relay/relay-event.ts';
import type { ShowQuestion } from './approval-prompt.ts';
import type { ConnectFacts, ConnectView } from './connect-view.ts';
import { eventLine } from './event-line.ts';
import { columnsOf, cut, folded, plainText } from './plain-text.ts';
import { connectionRow, countsText, requestRows, type Row, type Tone } from './render-activity.ts';
import { pauseText } from './render-pause.ts';

const REDRAW_MS = 1_000;
const ESCAPE = '\u001B[';
/** Requests that have a row; with more, the terminal would scroll away what is redrawn, and what a question says. */
const MOST_REQUESTS = 6;
const MOST_REQUESTS_BESIDE_QUESTION = 2;
const KEYS = 'p pauses · Ctrl-C stops';
const KEYS_OF_PAUSE = 'u resumes · Ctrl-C stops';

/** What a terminal is as far as the view must know it. */
interface Screen {
  write(text: string): void;
  /** 0 where it is not known. */
  readonly columns: number;
  readonly paint: (tone: Tone, text: string) => string;
  /** Told when it has become wider or narrower. @returns ends it */
  onResize(listener: () => void): () => void;
}

/** Colours of the terminal's own theme that are readable on light and on dark. `styleText` leaves them out for NO_COLOR. */
export const TERMINAL: Screen = {
  write: (text) => void process.stdout.write(text),
  get columns() {
    return process.stdout.columns;
  },
  paint(tone, text) {
    const styles = { good: 'green', bad: 'red', urgent: 'inverse', quiet: 'dim', plain: undefined } as const;
    const style = styles[tone];
    return style === undefined ? text : styleText(style, text, { stream: process.stdout });
  },
  onResize(listener) {
    process.stdout.on('resize', listener);
    return () => process.stdout.off('resize', listener);
  },
};

/** For a terminal: what has happened scrolls by; below it stands a panel with the connection, its counters, and what runs and waits. */
export class LiveView implements ConnectView {
  readonly #facts: ConnectFacts;
  readonly #now: () => number;
  readonly #screen: Screen;
  readonly #activity: Pick<RelayActivity, 'current'>;
  #paused: Pause | undefined;
  #hint: string | undefined;
  /** The columns of each row of the panel that stands there. */
  #drawn: readonly number[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #unhook: () => void;

  /** @param activity has taken each event before it is shown here */
  constructor(
    facts: ConnectFacts,
    activity: Pick<RelayActivity, 'current'>,
    screen: Screen = TERMINAL,
    now: () => number = Date.now,
  ) {
    this.#facts = facts;
    this.#activity = activity;
    this.#screen = screen;
    this.#now = now;
    this.#unhook = screen.onResize(() => this.#draw(''));
  }

  show(event: RelayEvent): void {
    if (event.event === 'paused') this.#paused = event.pause;
    else if (event.event === 'resumed') this.#paused = undefined;
    const stays = event.event === 'request_started' ? [] : this.#eventRows(event);
    this.#draw(stays.map((row) => `${row}\n`).join(''));
    this.#keepTime();
  }

  readonly ask: ShowQuestion = (question) => {
    this.#hint = question?.hint;
    this.#draw(question ? `\n${question.text}` : '');
  };

  /** What has happened stays. */
  close(): void {
    clearInterval(this.#timer);
    this.#unhook();
    this.#screen.write(this.#takeBack());
    this.#drawn = [];
  }

  #keepTime(): void {
    const { running, asking } = this.#activity.current;
    if (running.length + asking.length > 0) this.#timer ??= setInterval(() => this.#draw(''), REDRAW_MS).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #eventRows(event: RelayEvent): string[] {
    const clock = new Date(this.#now()).toTimeString().slice(0, 8);
    const rows = folded(`${clock} ${eventLine(event, this.#facts)}`, this.#screen.columns);
    return rows.map((row) => this.#screen.paint(toneOf(event), row));
  }

  /** In one write, so that nothing flickers. */
  #draw(stays: string): void {
    const back = this.#takeBack();
    const panel = this.#panel();
    this.#drawn = panel.map(({ text }) => columnsOf(text));
    const rows = panel.map(({ tone, text }) => `${this.#screen.paint(tone, text)}\n`);
    this.#screen.write(back + stays + rows.join(''));
  }

  /** A terminal that has become narrower has folded the rows since. */
  #takeBack(): string {
    const columns = this.#screen.columns || Infinity;
    const rows = this.#drawn.reduce((sum, wide) => sum + Math.max(1, Math.ceil(wide / columns)), 0);
    return rows === 0 ? '' : `${ESCAPE}${rows}A${ESCAPE}0J`;
  }

  #panel(): Row[] {
    const [activity, columns] = [this.#activity.current, this.#screen.columns || 80];
    const { profile, user, url, servers, tools } = this.#facts;
    const busy = new Set(activity.running.flatMap(({ request }) => request.server ?? [])).size;
    const { tone, text } = connectionRow(activity);
    const most = this.#hint === undefined ? MOST_REQUESTS : MOST_REQUESTS_BESIDE_QUESTION;
    const rows: Row[] = [
      { tone: 'quiet', text: '-'.repeat(Math.min(columns, 80)) },
      { tone, text: `${text} · ${profile} · ${servers} server(s), ${busy} busy · ${tools} tool(s)` },
      { tone: 'quiet', text: `${plainText(user)} at ${url}` },
      ...folded(countsText(activity), columns).map((row): Row => ({ tone: 'plain', text: row })),
      ...requestRows(activity, this.#now(), most),
      ...(this.#paused ? [{ tone: 'urgent' as const, text: `PAUSED ${pauseText(this.#paused)}` }] : []),
    ];
    return [...rows.map((row) => fitted(row, columns)), ...this.#keyRows(columns)];
  }

  /** All that a key can answer, however narrow the terminal is. */
  #keyRows(columns: number): Row[] {
    if (this.#hint === undefined) return [{ tone: 'quiet', text: this.#paused ? KEYS_OF_PAUSE : KEYS }];
    return folded(`You: ${this.#hint}`, columns).map((text) => ({ tone: 'urgent', text }));
  }
}

/** One row, however long: the panel must not grow by what others write. */
function fitted({ tone, text, right }: Row, columns: number): Row {
  if (right === undefined) return { tone, text: cut(text, columns) };
  const room = Math.min(columns, 80) - columnsOf(right) - 2;
  const left = cut(text, room);
  return { tone, text: `${left}${' '.repeat(Math.max(2, room - columnsOf(left) + 2))}${right}` };
}

function toneOf(event: RelayEvent): Tone {
  switch (event.event) {
    case 'request_finished':
      return event.status === 'success' ? 'plain' : 'bad';
    case 'request_refused':
    case 'result_dropped':
    case 'waiting':
    case 'warning':
      return 'bad';
    default:
      return 'plain';
  }
}
