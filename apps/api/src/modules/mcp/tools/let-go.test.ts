import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EntitlementLevel } from '../../auth/index.ts';
import { Entitlements, MemoryCallCounters } from '../../entitlements/index.ts';
import { aPrincipal } from '../testing/fake-access.ts';
import { aView } from '../testing/fake-relay.ts';
import { letGo } from './let-go.ts';

const level: EntitlementLevel = { kind: 'plan', id: '42', label: 'free', rules: { '*': { concurrent: 1 } } };
const principal = aPrincipal({ levels: [level] });
const call = { principal, tool: 'run_command', args: {}, runTime: 3_600 };

describe('a call that may run alone', () => {
  let now: number;
  let entitlements: Entitlements;
  let made = 0;

  beforeEach(() => {
    now = Date.parse('2026-11-23T12:00:00.000Z');
    entitlements = new Entitlements(new MemoryCallCounters(() => now), { breaker: null, besidesRunMs: 60_000 });
  });

  async function take() {
    const decision = entitlements.decide(principal, { tool: 'run_command', server: null });
    if (!decision.allowed) throw new Error('not allowed');
    return entitlements.take({ ...call, id: String((made += 1)) }, decision);
  }

  const expectTakenAfter = async (ms: number): Promise<void> => {
    if (ms > 0) {
      now += ms - 1;
      await expect(take()).rejects.toMatchObject({ code: 'quota_exceeded' });
      now += 1;
    }
    await expect(take()).resolves.toBeDefined();
  };

  it('makes room at once with its result', async () => {
    letGo(await take(), aView());
    await expectTakenAfter(0);
  });

  it('makes room when its executor has had the time to stop it', async () => {
    letGo(await take(), aView({ outcome: 'cancelled', mayRun: 'until_stopped' }));
    await expectTakenAfter(15_000);
  });

  it('makes none while its operator is asked, nor for as long as it may run then', async () => {
    (await take()).waits(600_000);
    await expectTakenAfter(600_000 + 3_660_000);
  });

  it('makes room when its time is over, where nobody can stop it', async () => {
    letGo(await take(), aView({ outcome: 'cancelled', mayRun: 'until_over' }));
    await expectTakenAfter(3_660_000);
  });
});
