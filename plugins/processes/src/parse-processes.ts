import { byteWords, durationWords, sectionsOf } from '@servonaut/plugin-sdk/host-facts';
import type { ProcessRow } from './process-row.ts';

/** What is kept of a command line. */
const COMMAND_LENGTH = 400;
/** Of what Linux shows to programs, on every machine. */
const TICKS_PER_SECOND = 100;

/** Process, parent, user; share of the processor, where it is told; memory; time since the start, where it is told; state, command. */
const LINES = {
  ps: /^(?<pid>\d+)\s+(?<ppid>\d+)\s+(?<user>\S+)\s+(?<cpu>[\d.]+)\s+(?<rss>\d+)\s+(?<elapsed>[\d:-]+)\s+(?<state>\S+)\s*(?<command>.*)$/,
  bsd: /^(?<pid>\d+)\s+(?<ppid>\d+)\s+(?<user>\S+)\s+(?<cpu>[\d.]+)\s+(?<rss>\d+)\s+(?<state>\S+)\s*(?<command>.*)$/,
  busybox: /^(?<pid>\d+)\s+(?<ppid>\d+)\s+(?<user>\S+)\s+(?<rss>\d+[mgt]?)\s+(?<state>\S+)\s*(?<command>.*)$/,
} as const;

const UNITS: Readonly<Record<string, number>> = { m: 1024, g: 1024 ** 2, t: 1024 ** 3 };

export type Process = Omit<ProcessRow, 'sort_value'>;

/** Reads what the script printed, but for the processes that are there because it was asked. */
export function parseProcesses(stdout: string): Process[] {
  const sections = sectionsOf(stdout);
  const self = Number(sections.get('self')?.[0]);
  const times = kernelTimes(sections.get('stat') ?? [], Number.parseFloat(sections.get('uptime')?.[0] ?? ''));
  return (['ps', 'bsd', 'busybox'] as const)
    .flatMap((kind) => (sections.get(kind) ?? []).map((line) => LINES[kind].exec(line)?.groups))
    .filter((fields) => fields !== undefined)
    .map((fields) => processOf(fields, times))
    .filter(({ pid, ppid }) => pid !== self && ppid !== self);
}

function processOf(fields: Readonly<Record<string, string>>, times: ReadonlyMap<number, Times>): Process {
  const { ppid, user = '', rss = '', elapsed: told, cpu, state = '', command = '' } = fields;
  const pid = Number(fields['pid']);
  const elapsed = told === undefined ? (times.get(pid)?.elapsed ?? null) : secondsOf(told);
  const bytes = kibOf(rss) * 1024;
  return {
    pid,
    ppid: Number(ppid),
    user,
    cpu_percent: cpu === undefined ? (times.get(pid)?.cpu ?? 0) : Number(cpu),
    memory_bytes: bytes,
    memory: byteWords(bytes),
    elapsed_seconds: elapsed,
    elapsed: elapsed === null ? null : durationWords(elapsed),
    state,
    command: wholeWords(command.trim()),
  };
}

interface Times {
  readonly cpu: number;
  readonly elapsed: number;
}

/**
 * From proc_pid_stat(5), by process.
 * @param uptime seconds since the server was started
 */
function kernelTimes(lines: readonly string[], uptime: number): ReadonlyMap<number, Times> {
  const known = lines.map((line): readonly [number, Times] => {
    // The name of the program stands in brackets, and may have any in it.
    const fields = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const elapsed = Math.max(0, uptime - (fields[19] ?? 0) / TICKS_PER_SECOND);
    const used = ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS_PER_SECOND;
    const cpu = elapsed === 0 ? 0 : Math.round((1_000 * used) / elapsed) / 10;
    return [Number.parseInt(line, 10), { cpu, elapsed: Math.floor(elapsed) }];
  });
  return new Map(known.filter(([, { cpu, elapsed }]) => Number.isFinite(cpu) && Number.isFinite(elapsed)));
}

/** busybox writes `12m` for what would be too wide. */
function kibOf(rss: string): number {
  return Number.parseInt(rss, 10) * (UNITS[rss.at(-1) ?? ''] ?? 1);
}

/** `2-03:04:05`, `03:04:05` or `04:05`. */
function secondsOf(text: string): number {
  const [time = '', days = '0'] = text.split('-').toReversed();
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

/** Not cut within a word: half a secret is not known for one. */
function wholeWords(command: string): string {
  if (command.length <= COMMAND_LENGTH) return command;
  const end = command.lastIndexOf(' ', COMMAND_LENGTH);
  return `${command.slice(0, Math.max(0, end))} …`;
}
