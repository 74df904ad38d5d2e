import { styledText, type StyledText } from './styled-text.ts';

/** What stood in a terminal from `at` on, in milliseconds since the recording began. */
export interface Frame {
  readonly at: number;
  /** Rows with escape sequences for colours. */
  readonly screen: string;
}

export interface RecordedTerminal {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  readonly frames: readonly Frame[];
}

const CELL = { width: 7.9, height: 16 };
const EDGE = 14;
const TITLE = 26;

/**
 * Terminals below each other as one picture that moves by CSS alone, so that it moves as an image of a page too. Who wants no motion
 * (`prefers-reduced-motion`), or reads the picture with what knows no CSS, sees how it ended.
 * @param lengthMs of the recording; then it begins anew
 */
export function terminalSvg(terminals: readonly RecordedTerminal[], lengthMs: number): string {
  const width = Math.max(...terminals.map(({ columns }) => columns)) * CELL.width + 2 * EDGE;
  const tops = terminals.map((_, index) => terminals.slice(0, index).reduce((sum, one) => sum + heightOf(one), 0));
  const height = terminals.reduce((sum, one) => sum + heightOf(one), 0);
  const spans = new Map<string, string>();
  const drawn = terminals.map((terminal, index) =>
    drawTerminal(terminal, { top: tops[index] ?? 0, width, lengthMs, spans }),
  );
  const style = [
    `text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d7dae0;white-space:pre}`,
    `.t{fill:#8b93a1;font-size:12px}.b{font-weight:bold}.d{opacity:.6}.m{visibility:hidden}.e{visibility:visible}`,
    `@media(prefers-reduced-motion:no-preference){`,
    ...[...spans].map(([span, name]) => keyframes(name, span, lengthMs)),
    `}`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><style>${style.join('')}</style>${drawn.join('')}</svg>\n`;
}

function heightOf({ rows }: RecordedTerminal): number {
  return TITLE + rows * CELL.height + EDGE;
}

interface Place {
  readonly top: number;
  readonly width: number;
  readonly lengthMs: number;
  /** Names of the times at which something is seen, each of which is described once. */
  readonly spans: Map<string, string>;
}

function drawTerminal(terminal: RecordedTerminal, place: Place): string {
  const box = `<rect x="1" y="${place.top + 1}" width="${place.width - 2}" height="${heightOf(terminal) - 6}" rx="8" fill="#1e2127" stroke="#3a3f4b"/>`;
  const title = `<text class="t" x="${EDGE}" y="${place.top + 18}">${escaped(terminal.title)}</text>`;
  const rows = Array.from({ length: terminal.rows }, (_, row) => drawRow(terminal, row, place));
  return box + title + rows.join('');
}

/** One element for each time that a row stood unchanged. */
function drawRow({ frames }: RecordedTerminal, row: number, { top, lengthMs, spans }: Place): string {
  const texts = frames.map(({ at, screen }) => ({ at, text: screen.split('\n')[row] ?? '' }));
  const changes = texts.filter(({ text }, index) => text !== texts[index - 1]?.text);
  const y = top + TITLE + (row + 1) * CELL.height;
  return changes
    .map(({ at, text }, index) => {
      const until = changes[index + 1]?.at ?? lengthMs;
      const content = styledText(text).map(drawPiece).join('');
      if (content === '') return '';
      const span = `${at} ${until}`;
      const name = spans.get(span) ?? `k${spans.size}`;
      spans.set(span, name);
      return `<text class="${until === lengthMs ? 'e' : 'm'} ${name}" x="${EDGE}" y="${y}">${content}</text>`;
    })
    .join('');
}

function drawPiece({ text, color, bold, dim }: StyledText): string {
  const look = [bold === true && 'b', dim === true && 'd'].filter(Boolean).join(' ');
  const attributes = `${look === '' ? '' : ` class="${look}"`}${color === undefined ? '' : ` style="fill:${color}"`}`;
  return attributes === '' ? escaped(text) : `<tspan${attributes}>${escaped(text)}</tspan>`;
}

function keyframes(name: string, span: string, lengthMs: number): string {
  const [from, until] = span.split(' ').map((at) => Number(((Number(at) / lengthMs) * 100).toFixed(2)));
  const before = from === 0 ? '' : '0%{visibility:hidden}';
  const after = until === 100 ? '' : `${until}%{visibility:hidden}`;
  return `.${name}{animation:${name} ${lengthMs}ms step-end infinite}@keyframes ${name}{${before}${from}%{visibility:visible}${after}}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
