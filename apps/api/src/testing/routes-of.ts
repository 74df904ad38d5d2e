import type { Coordinator } from '../start.ts';

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** One layer of Express's router: a route, or something mounted. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** Methods that Node hands to other listeners than those of requests. */
const NOT_REQUESTS = new Set(['CONNECT']);

/** Every route of the application, as the router itself knows them. */
export function routesOf({ app }: Pick<Coordinator, 'app'>): Route[] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  const routes = router.stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map((method) => ({ method: method.toUpperCase(), path: route?.path ?? '' })),
  );
  return routes.filter(({ method }) => !NOT_REQUESTS.has(method));
}
