import { parseArgs } from 'node:util';

export const MEASUREMENTS = [
  'round-trip',
  'pool',
  'audit',
  'many-servers',
  'logs',
  'no-op',
  'token-check',
  'decision',
  'command-class',
  'redaction',
  'offline',
  'stop',
  'version',
  'idle',
  'output',
  'transfer',
] as const;
export type MeasurementName = (typeof MEASUREMENTS)[number];

export interface Options {
  /** Counted calls of each subject at each concurrency. */
  readonly calls: number;
  readonly only: ReadonlySet<MeasurementName>;
  /** An exceeded budget is shown and does not fail the run. */
  readonly reportOnly: boolean;
  /** Files of the size that a budget is of, where what is measured takes minutes. */
  readonly isLong: boolean;
}

export const USAGE = `npm run bench -- [options]

  --calls N       counted calls of each subject (400; or BENCH_CALLS)
  --only A,B      of ${MEASUREMENTS.join(', ')}
  --long          transfer 2 GiB instead of 64 MiB (or BENCH_LONG=1)
  --report-only   exit with 0 though a budget is exceeded (or BENCH_REPORT_ONLY=1)`;

/** @throws Error for an argument that means nothing */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: env['BENCH_CALLS'] ?? '400' },
      only: { type: 'string', default: MEASUREMENTS.join() },
      long: { type: 'boolean', default: env['BENCH_LONG'] === '1' },
      'report-only': { type: 'boolean', default: env['BENCH_REPORT_ONLY'] === '1' },
    },
  });
  const { calls, only, long: isLong, 'report-only': reportOnly } = values;
  return { calls: count(calls), only: names(only), reportOnly, isLong };
}

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`--calls: expected a number from 1 to 999999, got ${text}`);
}

function names(text: string): Set<MeasurementName> {
  return new Set(
    text.split(',').map((name) => {
      const known = MEASUREMENTS.find((one) => one === name);
      if (!known) throw new Error(`--only: there is no measurement ${name}`);
      return known;
    }),
  );
}
