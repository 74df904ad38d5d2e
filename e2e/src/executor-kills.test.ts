import { describe, expect, it } from '@jest/globals';
import { killExecutor } from './kills/kill-executor.ts';

/** `npm run kill-executor` does the same 200 times. */
describe('an executor that is killed again and again under load', () => {
  it('runs nothing twice, loses no result, and says of every request what is so, in its own audit too', async () => {
    const { asked, outcomes, ...wrong } = await killExecutor({ seed: 4, points: 4, agents: 4 });
    expect(wrong).toMatchObject({ twice: [], lost: [], untrue: [], auditFaults: [] });
    expect(asked).toBeGreaterThan(20);
    expect(outcomes).toHaveProperty('succeeded');
  }, 120_000);
});
