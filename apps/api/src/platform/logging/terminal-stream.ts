import type { DestinationStream } from 'pino';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info ',
  40: 'warn ',
  50: 'error',
  60: 'fatal',
};
const COLOURS: Readonly<Record<number, string>> = { 10: '90', 20: '90', 30: '32', 40: '33', 50: '31', 60: '31' };
/** What a person at a terminal does not need, or sees elsewhere in the line. */
const HIDDEN = new Set(['level', 'time', 'msg', 'context', 'pid', 'hostname', 'err']);

/** Log lines for people: time, level, where, message, then what else there is. */
export function terminalStream(output: NodeJS.WritableStream): DestinationStream {
  return { write: (line) => void output.write(`${humanLine(line)}\n`) };
}

interface LogEntry extends Record<string, unknown> {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly context?: string;
}

/** One JSON log line, rewritten. */
export function humanLine(line: string): string {
  const entry = JSON.parse(line) as LogEntry;
  const time = new Date(entry.time).toTimeString().slice(0, 8);
  const level = `\u001B[${COLOURS[entry.level]}m${LEVELS[entry.level]}\u001B[0m`;
  const context = entry.context ? `\u001B[90m${entry.context}\u001B[0m ` : '';
  return `${time} ${level} ${context}${entry.msg ?? ''}${rest(entry)}${stack(entry['err'])}`;
}

function rest(entry: Record<string, unknown>): string {
  const shown = Object.entries(entry).filter(([key]) => !HIDDEN.has(key));
  return shown.map(([key, value]) => ` \u001B[90m${key}=\u001B[0m${JSON.stringify(value)}`).join('');
}

function stack(error: unknown): string {
  const text = (error as { stack?: string } | undefined)?.stack;
  return text ? `\n${text}` : '';
}
