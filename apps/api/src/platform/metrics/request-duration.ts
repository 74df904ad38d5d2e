import type { Request, RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';

/** Seconds; from a hot relay hop to a command that took its hour. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 120, 3_600];

/** Measures every request by method, route (the pattern, never the address: that would make a series per id) and status. */
export function requestDuration(registry: Registry): RequestHandler {
  const histogram = new Histogram({
    name: 'servonaut_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const labels = { method: methodLabel(request.method), route: routeLabel(request), status: response.statusCode };
      histogram.observe(labels, (performance.now() - startedAt) / 1_000);
    });
    next();
  };
}

function routeLabel({ route }: Request): string {
  const path: unknown = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : 'none';
}

const METHODS = new Set(['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PUT']);

/** The caller chooses the method, and may not choose the number of series. */
function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
