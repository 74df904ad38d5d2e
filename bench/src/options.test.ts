import { describe, expect, it } from '@jest/globals';
import { MEASUREMENTS, readOptions } from './options.ts';

describe('readOptions', () => {
  it('measures everything and fails on an exceeded budget unless told otherwise', () => {
    expect(readOptions([], {})).toEqual({ calls: 400, only: new Set(MEASUREMENTS), reportOnly: false, isLong: false });
    expect(
      readOptions(['--calls', '50', '--only', 'idle,output', '--report-only', '--long'], { BENCH_CALLS: '7' }),
    ).toEqual({
      calls: 50,
      only: new Set(['idle', 'output']),
      reportOnly: true,
      isLong: true,
    });
    expect(readOptions([], { BENCH_CALLS: '7', BENCH_REPORT_ONLY: '1', BENCH_LONG: '1' })).toMatchObject({
      calls: 7,
      reportOnly: true,
      isLong: true,
    });
  });

  it.each([[['--calls', 'many']], [['--calls', '0']], [['--only', 'nothing']], [['--fast']]])('refuses %j', (args) => {
    expect(() => readOptions(args, {})).toThrow(args[0]);
  });
});
