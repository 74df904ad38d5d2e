import { Inject, Injectable, Logger } from '@nestjs/common';
import { sql } from 'drizzle-orm';
import type { Redis } from 'ioredis';
import { DATABASE, type Database } from '../database/database.ts';
import { REDIS } from '../redis/redis.provider.ts';

/** Something without which the coordinator cannot do its work. `check` rejects when it is not there. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<unknown>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

/** Longest wait for one check, in milliseconds; load balancers ask every few seconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** All that readiness depends on. Modules add their own. */
@Injectable()
export class HealthChecks {
  readonly #checks: HealthCheck[];

  constructor(@Inject(DATABASE) database: Database, @Inject(REDIS) redis: Redis | null) {
    this.#checks = [{ name: 'database', check: () => database.execute(sql`select 1`) }];
    if (redis) this.#checks.push({ name: 'redis', check: () => redis.ping() });
  }

  add(check: HealthCheck): void {
    this.#checks.push(check);
  }

  async readiness(): Promise<Readiness> {
    const results = await Promise.all(this.#checks.map(async (check) => [check.name, await state(check)] as const));
    return { ready: results.every(([, result]) => result === 'up'), checks: Object.fromEntries(results) };
  }
}

/** Why a check failed is for the log: in the answer it could only leak an address. */
async function state(check: HealthCheck): Promise<'up' | 'down'> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  try {
    await Promise.race([check.check(), late]);
    return 'up';
  } catch (error) {
    new Logger('Health').warn(`${check.name} is down: ${String(error)}`);
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
