import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `node --conditions=@servonaut/source tools/audit/verify-many.ts` is the long form: a million records. */
it('verifies many records within time and memory, and finds each way of tampering', () => {
  const script = fileURLToPath(new URL('verify-many.ts', import.meta.url));
  const args = ['--conditions=@servonaut/source', script, '--rows', '20000'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/;.*$/, '')),
  ).toEqual([
    '20000 rows, untouched: whole',
    '20000 rows, a row deleted: missing at 10000',
    '20000 rows, a field changed: changed at 10000',
    '20000 rows, two rows swapped: moved at 10000',
    '20000 rows, the last row cut off: cut_off at 20000',
  ]);
  expect(status).toBe(0);
}, 60_000);
