const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const MONTH = `(?<month>${MONTHS.join('|')})`;
const CLOCK = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?';

/** How usual logs write an instant: RFC 3339, journald and nginx; Apache; syslog and ctime; Redis; seconds or milliseconds since 1970. */
const FORMS: readonly RegExp[] = [
  `(?<year>\\d{4})[-/](?<month>\\d\\d)[-/](?<day>\\d\\d)[T ]${CLOCK} ?(?<zone>Z\\b|UTC\\b|[+-]\\d\\d:?\\d\\d\\b)?`,
  `(?<day>\\d\\d)/${MONTH}/(?<year>\\d{4}):${CLOCK} (?<zone>[+-]\\d{4})`,
  `\\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?${MONTH} {1,2}(?<day>\\d{1,2}) ${CLOCK}(?: (?<year>\\d{4})\\b)?`,
  `\\b(?<day>\\d{1,2}) ${MONTH} (?<year>\\d{4}) ${CLOCK}`,
  `(?:^\\[?|"(?:ts|time|timestamp)": ?"?)(?<epoch>\\d{10})(?:[.,]?(?<fraction>\\d{3})\\d*)?\\b`,
].map((form) => new RegExp(form));

/** Where an instant is looked for, in characters from the start of the line. */
export const TIME_WITHIN = 200;
/** How far a line without a year may be ahead before it is of the year before. */
const AHEAD_MS = 86_400_000;

export interface LogClock {
  /** Of lines that do not say, in minutes east of UTC. */
  readonly zoneMinutes: number;
  /** Milliseconds since 1970, by which a line without a year is given one. */
  readonly now: number;
}

/** The first instant in a line and where it stands. */
export interface LogTime {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly begin: number;
  readonly end: number;
}

/** Undefined where a line has none of the forms that are known. */
export function logTime(line: string, clock: LogClock): LogTime | undefined {
  const head = line.slice(0, TIME_WITHIN);
  for (const form of FORMS) {
    const match = form.exec(head);
    const at = match?.groups && instant(match.groups, clock);
    if (match && at !== undefined) return { at, begin: match.index, end: match.index + match[0].length };
  }
  return undefined;
}

type Parts = Readonly<Record<string, string | undefined>>;

function instant(parts: Parts, clock: LogClock): number | undefined {
  const millis = Number((parts['fraction'] ?? '').slice(0, 3).padEnd(3, '0'));
  if (parts['epoch'] !== undefined) return Number(parts['epoch']) * 1_000 + millis;
  const { year, month = '', day, hour, minute, second } = parts;
  const named = MONTHS.indexOf(month);
  const inYear = (of: number): number =>
    Date.UTC(of, named === -1 ? Number(month) - 1 : named, Number(day), Number(hour), Number(minute), Number(second));
  const local = year === undefined ? inLastYear(inYear, clock) : inYear(Number(year));
  const at = local + millis - zoneMinutes(parts['zone'], clock) * 60_000;
  return Math.abs(at) <= LATEST ? at : undefined;
}

/** What an RFC 3339 text can say. */
const LATEST = Date.UTC(9999, 11, 31);

function inLastYear(inYear: (year: number) => number, { now }: LogClock): number {
  const year = new Date(now).getUTCFullYear();
  return inYear(year) > now + AHEAD_MS ? inYear(year - 1) : inYear(year);
}

/** `+0530` and `+05:30` as minutes. */
export function zoneMinutes(zone: string | undefined, clock: Pick<LogClock, 'zoneMinutes'>): number {
  if (zone === undefined) return clock.zoneMinutes;
  const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}
