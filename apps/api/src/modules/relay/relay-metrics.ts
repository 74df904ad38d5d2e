import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestRecord } from './pending/request-record.ts';

/** Seconds: from a warm round trip to a long command. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 600, 3_600];

/** What an administrator sees of the relay. Nothing here is by tool, server or user: those are the callers' to choose, without a bound. */
export class RelayMetrics {
  readonly #requests: Counter<'outcome'>;
  readonly #hops: Histogram<'hop'>;

  /** @param countExecutors asked when the metrics are read */
  constructor(registry: Registry, countExecutors: () => Promise<number>) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'servonaut_relay_requests_total',
      help: 'Requests by the outcome that their agent was told.',
      labelNames: ['outcome'],
      registers,
    });
    this.#hops = new Histogram({
      name: 'servonaut_relay_hop_seconds',
      help: 'Time of a request by hop: queue (to the hub), delivery (to the acknowledgement) and run (from it to the result), both of requests that were acknowledged only, total.',
      labelNames: ['hop'],
      buckets: BUCKETS,
      registers,
    });
    new Gauge({
      name: 'servonaut_relay_executors_online',
      help: 'Executors that are connected.',
      registers,
      async collect() {
        this.set(await countExecutors());
      },
    });
  }

  ended({ outcome, createdAt, publishedAt, startedAt, finishedAt }: RequestRecord): void {
    this.#requests.inc({ outcome: outcome ?? 'unknown' });
    this.#observe('queue', createdAt, publishedAt);
    this.#observe('delivery', publishedAt, startedAt);
    this.#observe('run', startedAt, finishedAt);
    this.#observe('total', createdAt, finishedAt);
  }

  #observe(hop: string, from: number | null, to: number | null): void {
    if (from !== null && to !== null) this.#hops.observe({ hop }, Math.max(0, to - from) / 1_000);
  }
}
