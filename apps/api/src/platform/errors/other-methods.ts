import { NotFoundException } from '@nestjs/common';
import type { Request } from 'express';

/** One layer of Express's router: a route, or something mounted. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** Of a request that no route took: the methods that this address does take (RFC 9110 section 15.5.6). None when there is no such address. */
export function methodsInstead(thrown: unknown, request: Request): readonly string[] {
  if (!(thrown instanceof NotFoundException) || request.route) return [];
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const methods = stack
    .filter((layer) => layer.route && layer.match(request.path))
    .flatMap(({ route }) => Object.keys(route?.methods ?? {}));
  return [...new Set(methods)].map((method) => method.toUpperCase()).toSorted();
}
