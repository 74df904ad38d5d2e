import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { RedisRevocations } from './redis-revocations.ts';
import type { Revocation } from './revocations.ts';

Logger.overrideLogger(false);

const REVOCATION: Revocation = { userId: '42', credentialId: '0011223344556677' };

/** A coordinator process, as far as revocations go. */
interface Process {
  readonly revocations: RedisRevocations;
  readonly heard: Revocation[];
  /** How often something may have been missed. */
  gaps: number;
  /** How often it has had reason to forget what it believes. */
  doubts: number;
  close(): void;
}

describe('revocations over Redis', () => {
  let server: TestRedis;
  let prefix: string;
  let one: Process;
  let other: Process;
  /** What the database would say. */
  let revokedLately: () => Promise<readonly Revocation[]>;

  function startProcess(): Process {
    const redis = new Redis(server.url, { maxRetriesPerRequest: null }).on('error', () => undefined);
    const revocations = new RedisRevocations(redis, () => revokedLately(), prefix);
    const close = (): void => {
      revocations.onApplicationShutdown();
      redis.disconnect();
    };
    const process: Process = { revocations, heard: [], gaps: 0, doubts: 0, close };
    revocations.subscribe(
      (revocation) => void process.heard.push(revocation),
      () => {
        process.gaps += 1;
      },
    );
    revocations.onDoubt(() => {
      process.doubts += 1;
    });
    return process;
  }

  const listening = (...processes: Process[]): Promise<true> =>
    waitFor(() => processes.every(({ gaps }) => gaps > 0), { what: 'both to listen' });

  beforeAll(async () => {
    server = await startRedis();
  }, 60_000);
  beforeEach(async () => {
    prefix = randomUUID();
    revokedLately = async () => [];
    [one, other] = [startProcess(), startProcess()];
    await listening(one, other);
  });
  afterEach(() => {
    one.close();
    other.close();
  });
  afterAll(() => server.stop());

  it('are heard here at once and by the other process within a second', async () => {
    one.revocations.announce(REVOCATION);
    expect(one.heard).toEqual([REVOCATION]);
    await waitFor(() => other.heard.length > 0, { what: 'the revocation', timeoutMs: 1_000, everyMs: 5 });
    expect(other.heard).toEqual([REVOCATION]);
  });

  it('make both forget what they believe, and so does a change that revokes nothing', async () => {
    for (const announce of [() => one.revocations.announce(REVOCATION), () => one.revocations.announceChange()]) {
      const before = [one, other].map(({ doubts, revocations }) => [doubts, revocations.count]);
      announce();
      expect([one.doubts, one.revocations.count]).not.toEqual(before[0]);
      await waitFor(() => other.doubts > (before[1]?.[0] ?? 0), { what: 'the other to hear', timeoutMs: 1_000 });
      expect(other.revocations.count).not.toBe(before[1]?.[1]);
    }
    expect(other.heard).toEqual([REVOCATION]);
  });

  it('leave the process alive when what comes is none', async () => {
    const redis = new Redis(server.url);
    await redis.publish(`${prefix}:revocations`, 'no JSON');
    one.revocations.announce(REVOCATION);
    await waitFor(() => other.heard.length > 0, { what: 'the revocation' });
    redis.disconnect();
  });

  it('that may have been missed while Redis was away make every process ask again', async () => {
    await server.kill();
    for (const process of [one, other]) process.gaps = 0;
    one.revocations.announce(REVOCATION);
    expect(one.heard).toEqual([REVOCATION]);
    await server.restart();
    await listening(one, other);
  }, 30_000);

  it('that nobody announced, since their process died, are heard of from the database, as soon as that answers', async () => {
    const revoked = { userId: '43' };
    revokedLately = async () => {
      revokedLately = async () => [revoked];
      throw new Error('no database either');
    };
    await server.restart();
    await waitFor(() => [one, other].every(({ heard }) => heard.length > 0), { what: 'the revocation' });
    expect([one.heard[0], other.heard[0]]).toEqual([revoked, revoked]);
  }, 30_000);
});
