import type { Provider } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Injection token of the `Registry` that `/metrics` shows. Modules register their own metrics in it. */
export const METRICS = Symbol('Metrics');

export const metricsProvider: Provider = {
  provide: METRICS,
  useFactory: (): Registry => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    return registry;
  },
};
