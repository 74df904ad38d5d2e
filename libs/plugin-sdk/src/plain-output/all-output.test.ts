import { expect, it } from '@jest/globals';
import { sh } from '../shell/sh.ts';
import { localContext } from '../testing/index.ts';
import { allOutput } from './index.ts';

it('reads what is longer than an answer, as plain text', async () => {
  const { stdout, exec } = await allOutput(localContext(), sh`printf 'a\033[31mb\n'; seq 1 200000`);
  expect([stdout.slice(0, 5), stdout.split('\n').length, exec.exitCode]).toEqual(['ab\n1\n', 200_002, 0]);
});

it('says so where there is more than it reads', async () => {
  await expect(allOutput(localContext(), sh`yes`, 1_000)).rejects.toMatchObject({
    code: 'tool_failed',
    message: expect.stringContaining('more than 1000 bytes'),
  });
});
