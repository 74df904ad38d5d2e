import type { Call } from '../measure.ts';
import { WIDE_RULE } from './ruled-agent.ts';

interface Decision {
  readonly allowed: boolean;
}

/** What of the coordinator's build decides. There is no way to it alone from outside. */
interface Entitlements {
  decide(principal: object, wanted: object): Decision;
  take(call: object, allowed: Decision): Promise<{ release(): void }>;
}
interface Counters {
  start?(): Promise<void>;
  onApplicationShutdown?(): void;
}

const MODULE = new URL('../../../apps/api/dist/modules/entitlements/', import.meta.url).href;
const BREAKER = { most: 10, withinMs: 10_000, pauseMs: 30_000 };
const rules = { '*': WIDE_RULE, run_command: WIDE_RULE };
const LEVELS = ['plan', 'override', 'credential'].map((kind) => ({ kind, id: '42', label: kind, rules }));
const PRINCIPAL = {
  userId: '42',
  kind: 'credential',
  id: '1',
  label: 'bench',
  tools: ['run_command'],
  servers: ['web-*'],
  levels: LEVELS,
};
const SERVER = { owner: null, name: 'web-1', labels: [{ role: 'web' }] };

/** Decides, counts and lets go, with rules on three levels and the breaker: eighteen counts, and each call another one. */
export async function deciding(redisUrl: string | null): Promise<{ readonly call: Call; readonly stop: () => void }> {
  const { Entitlements } = (await import(`${MODULE}entitlements.js`)) as {
    Entitlements: new (...parts: object[]) => Entitlements;
  };
  const { counters, stop } = redisUrl === null ? await inMemory() : await inRedis(redisUrl);
  const entitlements = new Entitlements(counters, { breaker: BREAKER, besidesRunMs: 0 });
  let made = 0;
  const call = async (): Promise<void> => {
    made += 1;
    const args = { server: 'web-1', command: `echo ${made}` };
    const decision = entitlements.decide(PRINCIPAL, { tool: 'run_command', server: SERVER });
    if (!decision.allowed) throw new Error('the call is not allowed');
    const asked = { id: String(made), principal: PRINCIPAL, tool: 'run_command', args, runTime: 60 };
    (await entitlements.take(asked, decision)).release();
  };
  return { call, stop };
}

async function inMemory(): Promise<{ counters: Counters; stop: () => void }> {
  const { MemoryCallCounters } = (await import(`${MODULE}counters/memory-call-counters.js`)) as {
    MemoryCallCounters: new () => Counters;
  };
  return { counters: new MemoryCallCounters(), stop: () => undefined };
}

async function inRedis(url: string): Promise<{ counters: Counters; stop: () => void }> {
  const { openRedis } = (await import(`${MODULE}../../platform/redis/redis.provider.js`)) as {
    openRedis: (url: string) => { disconnect(): void };
  };
  const { RedisCallCounters } = (await import(`${MODULE}counters/redis-call-counters.js`)) as {
    RedisCallCounters: new (redis: object) => Counters;
  };
  const redis = openRedis(url);
  const counters = new RedisCallCounters(redis);
  await counters.start?.();
  const stop = (): void => {
    counters.onApplicationShutdown?.();
    redis.disconnect();
  };
  return { counters, stop };
}
