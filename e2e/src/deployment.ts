import { describe } from '@jest/globals';
import { startMercureHub, startPostgresDatabase, startRedis, withReferenceHub } from '@servonaut/testkit';
import { randomBytes } from 'node:crypto';

/** Settings of a coordinator, and what must be stopped after it. */
export interface Deployment {
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

/** Nothing but Node. */
export const embedded = (): Promise<Deployment> => Promise.resolve({ env: {}, stop: () => Promise.resolve() });

/** The reference hub, and everything else embedded. */
export async function onReferenceHub(): Promise<Deployment> {
  const hub = await startMercureHub();
  const env = {
    MERCURE_URL: hub.url,
    MERCURE_PUBLISHER_JWT_KEY: hub.publisherKey,
    MERCURE_SUBSCRIBER_JWT_KEY: hub.subscriberKey,
  };
  return { env, stop: () => hub.stop() };
}

/** PostgreSQL, Redis and the reference hub, for any number of coordinators. */
export async function production(): Promise<Deployment> {
  const [postgres, redis, hub] = await Promise.all([startPostgresDatabase(), startRedis(), onReferenceHub()]);
  const env = {
    ...hub.env,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SERVONAUT_SECRET: randomBytes(32).toString('base64url'),
  };
  const stop = async (): Promise<void> => {
    await Promise.all([hub.stop(), redis.stop(), postgres.stop()]);
  };
  return { env, stop };
}

type Deploy = () => Promise<Deployment>;

/** The same tests of each deployment, by name; what takes the reference hub is skipped where that cannot be built. */
export function describeEach(deployments: Readonly<Record<string, Deploy>>) {
  return (title: string, tests: (name: string, deploy: Deploy) => void): void => {
    for (const row of Object.entries(deployments)) {
      const block = row[1] === embedded ? describe : withReferenceHub(describe);
      block.each([row])(title, tests);
    }
  };
}
