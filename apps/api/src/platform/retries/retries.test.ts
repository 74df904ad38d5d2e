import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import { waitFor } from '@servonaut/testkit';
import { Retries } from './retries.ts';

Logger.overrideLogger(false);

describe('work that is tried again', () => {
  const retries = new Retries('test');
  const later = () => Date.now() + 60_000;
  let attempts = 0;

  /** Fails as often as there are codes, then succeeds. */
  const failing = (...codes: ErrorCode[]) => {
    attempts = 0;
    return async (): Promise<void> => {
      const code = codes[attempts];
      attempts += 1;
      if (code) throw new ServonautError(code);
    };
  };

  it('is done when what it needs is back', async () => {
    expect(await retries.run('work', later(), failing('unavailable', 'relay_unavailable'))).toBe(true);
    expect(attempts).toBe(3);
  });

  it('is given up when no time will mend its error', async () => {
    expect(await retries.run('work', later(), failing('request_unknown'))).toBe(false);
    expect(attempts).toBe(1);
  });

  it('is tried once when it is too late already', async () => {
    expect(await retries.run('work', 0, failing('unavailable'))).toBe(false);
    expect(attempts).toBe(1);
  });

  it('is left when the process ends', async () => {
    const ending = new Retries('test');
    const done = ending.run('work', later(), failing('unavailable', 'unavailable', 'unavailable'));
    await waitFor(() => attempts > 0, { what: 'the first attempt', everyMs: 1 });
    ending.close();
    expect(await done).toBe(false);
    expect(attempts).toBe(1);
  });
});
