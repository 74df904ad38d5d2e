import { isCodeWord } from './code-number.ts';
import { BETWEEN_WORDS, SHORTEST_HEX_ID } from './line-shape.ts';
import { logTime, type LogClock } from './log-time.ts';

export const ANY_WORD = '<*>';

const WORD = new RegExp(`[^${BETWEEN_WORDS}]+`, 'g');
const VARIABLE = new RegExp(`\\d|^[a-f]{${SHORTEST_HEX_ID},}$`, 'i');
/** The host and the program that syslog and journald write after the instant. */
const HOST = /^ ?\S+ (?=[\w./@:-]+\[\d+\]: |kernel: )/;
const SYSLOG_HOST = /^ \S+ (?=\S+: )/;
/** A container's log has the instant of the engine before that of the application. */
const MOST_TIMES = 2;

/**
 * The words of a line with `<*>` for those that are variable, and without what tells when and where it was written.
 * @param keepsCode asked for each number that tells how something ended
 */
export function maskedWords(line: string, clock: LogClock, keepsCode: (code: string) => boolean): string[] {
  return withoutTimes(line, clock)
    .replace(WORD, (word, at: number, text: string) => {
      if (!VARIABLE.test(word)) return word;
      return isCodeWord(text, at, word) && keepsCode(word) ? word : ANY_WORD;
    })
    .split(/\s+/)
    .filter((word) => word !== '');
}

function withoutTimes(line: string, clock: LogClock): string {
  let rest = line;
  for (let times = 0; times < MOST_TIMES; times++) {
    const time = logTime(rest, clock);
    if (!time) break;
    const [before, after] = [rest.slice(0, time.begin), rest.slice(time.end)];
    const host = /^[A-Z]/.test(rest.slice(time.begin)) ? SYSLOG_HOST : HOST;
    rest = before + (before.trim() === '' ? after.replace(host, '') : after);
  }
  return rest.replace(/^\s*\[\]/, '');
}
