import { parseDisks } from './disks.ts';
import type { HostFacts } from './host-facts.ts';

type Sections = ReadonlyMap<string, readonly string[]>;

/** Reads what `HOST_FACTS_SCRIPT` printed. What is missing or is not understood becomes null: half an answer is worth having. */
export function parseHostFacts(stdout: string): HostFacts {
  const sections = sectionsOf(stdout);
  const [system = '', release = '', arch = ''] = lines(sections, 'uname');
  const memory = parseMemory(lines(sections, 'memory'), lines(sections, 'swap'));
  return {
    os: unquoted(first(sections, 'os')) || system || null,
    kernel: `${system} ${release}`.trim() || null,
    arch: arch || null,
    cpus: wholeNumber(first(sections, 'cpus')),
    load: parseLoad(first(sections, 'load')),
    ...memory,
    disks: parseDisks(lines(sections, 'disks')),
    uptime_seconds: parseUptime(lines(sections, 'uptime')),
    users_logged_in: wholeNumber(first(sections, 'users')),
  };
}

/** Lines under each `[name]` of a script's output. */
export function sectionsOf(stdout: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of stdout.split('\n')) {
    const name = /^\[(\w+)\]$/.exec(line)?.[1];
    if (name !== undefined) sections.set(name, (current = []));
    else if (line.trim() !== '') current.push(line.trim());
  }
  return sections;
}

function lines(sections: Sections, name: string): readonly string[] {
  return sections.get(name) ?? [];
}

function first(sections: Sections, name: string): string {
  return lines(sections, name)[0] ?? '';
}

/** os-release(5) writes its values as shell words. */
function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, '$2').replaceAll(/\\(.)/g, '$1');
}

function wholeNumber(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** `0.10 0.20 0.30 1/234 567` on Linux, `{ 0.10 0.20 0.30 }` on BSD. */
function parseLoad(line: string): HostFacts['load'] {
  const [one, five, fifteen] = (line.match(/\d+\.\d+/g) ?? []).map(Number);
  return one === undefined || five === undefined || fifteen === undefined ? null : [one, five, fifteen];
}

/** Seconds since the start on Linux; on BSD the present time, then when it was started. */
function parseUptime([line = '', boot = '']: readonly string[]): number | null {
  const bootedAt = parseBootTime(boot);
  if (bootedAt !== undefined) return Math.max(0, Number(line) - bootedAt);
  return /^\d+(\.\d+)? /.test(line) ? Math.floor(Number.parseFloat(line)) : null;
}

/** `{ sec = 1700000000, … }` on FreeBSD and macOS, `1700000000` on OpenBSD, `Tue Nov 14 22:13:20 2023` on NetBSD. */
function parseBootTime(boot: string): number | undefined {
  const seconds = /sec = (\d+)/.exec(boot)?.[1] ?? /^\d+$/.exec(boot)?.[0];
  if (seconds !== undefined) return Number(seconds);
  const atMs = /^[A-Z][a-z]{2} [A-Z]/.test(boot) ? Date.parse(`${boot} UTC`) : NaN;
  return Number.isNaN(atMs) ? undefined : atMs / 1000;
}

function parseMemory(memory: readonly string[], swap: readonly string[]): Pick<HostFacts, 'memory' | 'swap'> {
  const figures = new Map(
    memory
      .map((line) => /^([\w.]+(?:\(\w+\))?)\s*[:=]\s*(\d+)/.exec(line))
      .filter((match) => match !== null)
      .map(([, name = '', value]) => [name, Number(value)]),
  );
  return figures.has('MemTotal')
    ? linuxMemory(figures)
    : { memory: bsdMemory(figures, memory.join('\n')), swap: bsdSwap(swap) };
}

/** proc_meminfo(5), in KiB. MemAvailable came with Linux 3.14; before it the free and the cached pages are the best guess. */
function linuxMemory(figures: ReadonlyMap<string, number>): Pick<HostFacts, 'memory' | 'swap'> {
  const kib = (name: string): number => (figures.get(name) ?? 0) * 1024;
  const available = figures.has('MemAvailable') ? kib('MemAvailable') : kib('MemFree') + kib('Buffers') + kib('Cached');
  return {
    memory: { total_bytes: kib('MemTotal'), available_bytes: available },
    swap: { total_bytes: kib('SwapTotal'), free_bytes: kib('SwapFree') },
  };
}

/** sysctl(8) writes `name: 1`, `name=1` or `name = 1`; vmstat(8) counts pages. */
function bsdMemory(figures: ReadonlyMap<string, number>, vmstat: string): HostFacts['memory'] {
  const total = figures.get('hw.memsize') ?? figures.get('hw.physmem64') ?? figures.get('hw.physmem');
  if (total === undefined) return null;
  const count = (what: RegExp): number | undefined => {
    const found = what.exec(vmstat)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const free = count(/^(\d+) pages free$/m);
  const inactive = count(/^(\d+) (?:pages inactive|inactive pages)$/m) ?? 0;
  const size = count(/^(\d+) bytes per page$/m);
  const available = free === undefined || size === undefined ? null : (free + inactive) * size;
  return { total_bytes: total, available_bytes: available };
}

/** A line for each device, below one of headings: name, KiB, KiB used. None at all: nothing could be asked. */
function bsdSwap(table: readonly string[]): HostFacts['swap'] {
  if (table.length === 0) return null;
  const devices = table.map((line) => /^\/\S*\s+(\d+)\s+(\d+)/.exec(line)).filter((match) => match !== null);
  const sum = (at: 1 | 2): number => devices.reduce((so, device) => so + Number(device[at]) * 1024, 0);
  return { total_bytes: sum(1), free_bytes: sum(1) - sum(2) };
}
