import type { Figures } from './measure.ts';

/** A measured figure against the most that it may be (DESIGN section 9). */
export interface Budget {
  readonly what: string;
  readonly measured: number;
  readonly atMost: number;
  readonly kept: boolean;
}

export function judge(what: string, measured: number, atMost: number): Budget {
  return { what, measured, atMost, kept: measured <= atMost };
}

const milliseconds = (value: number): string => value.toFixed(value < 10 ? 2 : 1).padStart(9);

export function printTable(rows: Readonly<Record<string, readonly Figures[]>>, budgets: readonly Budget[]): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length), ...budgets.map(({ what }) => what.length));
  console.log(`\n${'milliseconds'.padEnd(width)}  at     calls       p50       p95       p99   per second`);
  for (const [name, all] of Object.entries(rows)) {
    for (const { concurrency, calls, p50, p95, p99, perSecond } of all) {
      const times = [p50, p95, p99].map(milliseconds).join(' ');
      console.log(
        `${name.padEnd(width)}  ${String(concurrency).padStart(2)} ${String(calls).padStart(9)} ${times} ${perSecond.toFixed(1).padStart(12)}`,
      );
    }
  }
  console.log('Each figure is the median of that figure over the slices in which the subjects took turns.');
  console.log(`\n${'budget'.padEnd(width)}   measured    at most`);
  for (const { what, measured, atMost, kept } of budgets) {
    console.log(
      `${what.padEnd(width)} ${measured.toFixed(2).padStart(10)} ${atMost.toFixed(2).padStart(10)}  ${kept ? 'kept' : 'EXCEEDED'}`,
    );
  }
}
