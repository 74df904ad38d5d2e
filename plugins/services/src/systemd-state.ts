import type { ServiceState } from './service-state-schema.ts';

const STATES: Readonly<Record<string, ServiceState['state']>> = {
  active: 'running',
  reloading: 'changing',
  activating: 'changing',
  deactivating: 'changing',
  inactive: 'stopped',
  failed: 'failed',
};

/** Reads `systemctl show`; undefined when there is no such unit. */
export function systemdState(name: string, lines: readonly string[]): ServiceState | undefined {
  const values = new Map(lines.map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]));
  const text = (property: string): string => values.get(property) ?? '';
  if (['not-found', ''].includes(text('LoadState')) && text('ActiveState') !== 'active') return undefined;
  const pid = wholeNumber(text('MainPID')) || null;
  const state = STATES[text('ActiveState')] ?? 'unknown';
  return {
    name,
    running: state === 'running',
    state,
    detail: detailOf(text('ActiveState'), text('SubState'), text('Result')),
    description: text('Description') || null,
    manager: 'systemd',
    enabled: enabledOf(text('UnitFileState')),
    pid,
    since: timeOf(text('StateChangeTimestamp')),
    restarts: wholeNumber(text('NRestarts')),
    memory_bytes: wholeNumber(text('MemoryCurrent')),
    exit_code: pid === null ? wholeNumber(text('ExecMainStatus')) : null,
  };
}

function detailOf(active: string, sub: string, result: string): string {
  return `${active} (${sub})${result === '' || result === 'success' ? '' : `, ${result}`}`;
}

/** Others, such as `static`, are neither. */
function enabledOf(state: string): boolean | null {
  if (state.startsWith('enabled')) return true;
  return state === 'disabled' || state.startsWith('masked') ? false : null;
}

/** `Sun 2026-11-22 10:00:00 UTC`. */
function timeOf(text: string): string | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text) ?? [];
  return date && time ? `${date}T${time}Z` : null;
}

/** `[not set]`, and 2^64-1 for the same in old releases, are none. */
function wholeNumber(text: string): number | null {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : null;
}
