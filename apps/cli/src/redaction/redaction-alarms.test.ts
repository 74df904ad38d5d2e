import { expect, it } from '@jest/globals';
import { Redactor } from './redactor.ts';
import { LINES_OF_A_CHUNK, OrdinaryLogs } from './testing/ordinary-logs.ts';

/** `npm run redaction-alarms` takes 100 MB. */
const MEGABYTES = Number(process.env['REDACTION_MEGABYTES'] ?? 3);
const SEED = Number(process.env['REDACTION_SEED'] ?? 20_261_123);

it('raises a false alarm in fewer than one of 10,000 ordinary lines', () => {
  const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
  const kinds: Record<string, number> = {};
  let lines = 0;
  for (const chunk of new OrdinaryLogs(SEED).chunks(MEGABYTES * 1_000_000)) {
    const stream = redactor.stream();
    stream.write(chunk);
    stream.end();
    for (const [kind, count] of Object.entries(stream.found)) kinds[kind] = (kinds[kind] ?? 0) + count;
    lines += LINES_OF_A_CHUNK;
  }
  const alarms = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  expect({ tooMany: alarms * 10_000 >= lines ? kinds : 'no' }).toEqual({ tooMany: 'no' });
}, 600_000);
