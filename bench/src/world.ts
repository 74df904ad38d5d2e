import { startMercureHub, startSshd } from '@servonaut/testkit';
import { servonaut, type Servonaut } from './subjects/servonaut.ts';
import type { Target } from './subjects/target.ts';

/** What measurements share. Each part is started when it is first asked for. */
export interface World {
  target(): Promise<Target>;
  embedded(): Promise<Servonaut>;
  reference(): Promise<Servonaut>;
  /** Stops something of a measurement's own at the end, in the reverse order of starting. */
  atTheEnd(stop: () => Promise<unknown>): void;
  stop(): Promise<void>;
}

export function aWorld(): World {
  const stops: (() => Promise<unknown>)[] = [];
  const keep = <T extends { stop(): Promise<unknown> }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  const target = once(async () => {
    // sshd closes a session a little after the client has: with its default of 10, a peer that keeps 8 open is refused now and then. It logs as a server does by default.
    const sshd = keep(await startSshd({ maxSessions: 100, config: ['LogLevel INFO', 'MaxStartups 500'] }));
    return { ...sshd, knownHostsLine: sshd.hostKeyLine };
  });
  return {
    target,
    embedded: once(async () => keep(await servonaut(await target()))),
    reference: once(async () => {
      const hub = keep(await startMercureHub());
      const env = {
        MERCURE_URL: hub.url,
        MERCURE_PUBLISHER_JWT_KEY: hub.publisherKey,
        MERCURE_SUBSCRIBER_JWT_KEY: hub.subscriberKey,
      };
      return keep(await servonaut(await target(), env));
    }),
    atTheEnd: (stop) => void stops.push(stop),
    stop: async () => {
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= start());
}
