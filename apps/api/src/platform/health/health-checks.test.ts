import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import type { Database } from '../database/database.ts';
import { HealthChecks } from './health-checks.ts';

Logger.overrideLogger(false);

/** The database of another suite: here only how answers are put together counts. */
const answering = { execute: () => Promise.resolve() } as unknown as Database;

describe('readiness', () => {
  it('needs every check, those of modules too', async () => {
    const checks = new HealthChecks(answering, null);
    expect(await checks.readiness()).toEqual({ ready: true, checks: { database: 'up' } });
    checks.add({ name: 'hub', check: () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7')) });
    expect(await checks.readiness()).toEqual({ ready: false, checks: { database: 'up', hub: 'down' } });
  });

  it('takes a check that throws for one that is down', async () => {
    const checks = new HealthChecks(answering, null);
    checks.add({
      name: 'hub',
      check() {
        throw new Error(this.name);
      },
    });
    expect(await checks.readiness()).toMatchObject({ ready: false, checks: { hub: 'down' } });
  });

  it('does not wait for a check that never answers', async () => {
    const checks = new HealthChecks(answering, null);
    checks.add({ name: 'hub', check: () => new Promise(() => undefined) });
    expect(await checks.readiness()).toMatchObject({ ready: false });
  });
});
