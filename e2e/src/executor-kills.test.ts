import { describe, expect, it } from '@jest/globals';
import { killExecutor } from './kills/kill-executor.ts';

/** `npm run kill-executor` does the same 200 times. */
describe('an executor that is killed again and again under load', () => {
  it('runs nothing twice, loses no result, and says of every request what is so', async () => {
    const { twice, lost, untrue, asked, outcomes } = await killExecutor({ seed: 4, points: 4, agents: 4 });
    expect({ twice, lost, untrue }).toEqual({ twice: [], lost: [], untrue: [] });
    expect(asked).toBeGreaterThan(20);
    expect(outcomes).toHaveProperty('succeeded');
  }, 120_000);
});
