import type { Figures } from './measure.ts';

/** A measured figure against the most that it may be (DESIGN section 9). */
export interface Budget {
  readonly what: string;
  readonly measured: number;
  readonly atMost: number;
  readonly kept: boolean;
}

/** What one measurement found. */
export interface Measured {
  /** Figures by subject, one for each concurrency. */
  readonly rows: Readonly<Record<string, readonly Figures[]>>;
  readonly budgets: readonly Budget[];
  /** What was done, with figures that are no times of calls. */
  readonly notes: readonly string[];
}

export function judge(what: string, measured: number, atMost: number): Budget {
  return { what, measured, atMost, kept: measured <= atMost };
}

export function merged(all: readonly Measured[]): Measured {
  return {
    rows: Object.assign({}, ...all.map(({ rows }) => rows)) as Measured['rows'],
    budgets: all.flatMap(({ budgets }) => budgets),
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
  };
}

export function printTable({ rows, budgets, notes }: Measured): void {
  const width = Math.max(...Object.keys(rows).map((name) => name.length), ...budgets.map(({ what }) => what.length));
  if (Object.keys(rows).length > 0) printRows(rows, width);
  for (const note of notes) console.log(`\n${note}`);
  console.log(`\n${'budget'.padEnd(width)}   measured    at most`);
  for (const { what, measured, atMost, kept } of budgets) {
    console.log(
      `${what.padEnd(width)} ${measured.toFixed(2).padStart(10)} ${atMost.toFixed(2).padStart(10)}  ${kept ? 'kept' : 'EXCEEDED'}`,
    );
  }
}

function printRows(rows: Measured['rows'], width: number): void {
  console.log(`\n${'milliseconds'.padEnd(width)}  at     calls       p50       p95       p99   per second`);
  for (const [name, all] of Object.entries(rows)) {
    for (const { concurrency, calls, p50, p95, p99, perSecond } of all) {
      const tail = [
        calls < 20 ? '-'.padStart(9) : milliseconds(p95),
        calls < 100 ? '-'.padStart(9) : milliseconds(p99),
      ];
      console.log(
        `${name.padEnd(width)}  ${String(concurrency).padStart(2)} ${String(calls).padStart(9)} ${milliseconds(p50)} ${tail.join(' ')} ${perSecond.toFixed(1).padStart(12)}`,
      );
    }
  }
}

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1).padStart(9);
}
