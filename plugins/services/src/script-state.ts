import type { ServiceState } from './service-state-schema.ts';

type Sections = ReadonlyMap<string, readonly string[]>;

const MANAGERS = ['openrc', 'rcctl', 'service'] as const;

/** How these say that they do not know a service. */
const UNKNOWN = /service .+ does not exist|does not exist in|unrecognized service/;

/** What they say, where the exit code alone would not tell: it is 1 for much. The first that fits holds. */
const SAID: readonly (readonly [RegExp, ServiceState['state']])[] = [
  [/crashed|dead|failed\b.*pid/i, 'failed'],
  [/not running|stopped|inactive/i, 'stopped'],
  [/starting|stopping/i, 'changing'],
];

/** Of the Linux Standard Base: 1 and 2 are dead with a file left behind. 3 is stopped, and 32 is OpenRC's for crashed. */
const BY_EXIT: Readonly<Record<string, ServiceState['state']>> = {
  0: 'running',
  1: 'stopped',
  2: 'failed',
  3: 'stopped',
  32: 'failed',
};

/** Reads the answer of OpenRC, rcctl or service(8); undefined when there is no such service. */
export function scriptState(name: string, sections: Sections): ServiceState | undefined {
  const manager = MANAGERS.find((each) => sections.has(each)) ?? 'service';
  const said = (sections.get(manager) ?? []).join(' ').replace(/^\* /, '');
  const exit = sections.get('exit')?.[0] ?? '';
  if (exit !== '0' && UNKNOWN.test(said)) return undefined;
  const pid = /\bpids? (\d+)/.exec(said)?.[1];
  const state = SAID.find(([words]) => words.test(said) && exit !== '0')?.[1] ?? BY_EXIT[exit] ?? 'unknown';
  return {
    name,
    running: state === 'running',
    state,
    detail: said || `exit code ${exit}`,
    description: null,
    manager,
    enabled: isEnabled(name, sections.get('enabled')),
    pid: pid === undefined ? null : Number(pid),
    since: null,
    restarts: null,
    memory_bytes: null,
    exit_code: null,
  };
}

/** A line ` nginx | default` of OpenRC, or the path of a script. Without any line nothing is known. */
function isEnabled(name: string, lines: readonly string[] = []): boolean | null {
  if (lines.length === 0) return null;
  const names = lines.map((line) => (line.split(/\s/, 1)[0] ?? '').replace(/^.*\//, '').replace(/^S\d+/, ''));
  return names.includes(name);
}
