import { libraryUrl } from '../modules/auth/oauth/oauth-paths.ts';
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

/** A module of the library's own, and what registers its routes there. */
const LIBRARY_ROUTER: string = 'oidc-provider/lib/helpers/router.js';
const REGISTERING = ['get', 'post', 'put', 'delete'] as const;
type Register = (this: unknown, name: string, path: string, ...handlers: unknown[]) => unknown;

/** Every route of the application, as the router itself knows them; without what is mounted before it. */
export function routesOf({ app }: Pick<Coordinator, 'app'>): Route[] {
  const { router } = app.getHttpAdapter().getInstance() as unknown as { router: { stack: Layer[] } };
  const routes = router.stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map((method) => ({ method: method.toUpperCase(), path: route?.path ?? '' })),
  );
  return routes.filter(({ method }) => !NOT_REQUESTS.has(method));
}

/** Whether requests for a route of the library are handed to it. */
export function isServed({ path }: Route): boolean {
  return libraryUrl(path.replaceAll(/:\w+/g, '1'), '') !== undefined;
}

/**
 * Every route of the authorization server, which is mounted, as the library tells its own router from now on.
 * @returns filled when a coordinator starts
 */
export async function watchLibraryRoutes(): Promise<ReadonlyMap<string, Route>> {
  const routes = new Map<string, Route>();
  const { default: router } = (await import(LIBRARY_ROUTER)) as {
    default: { prototype: Record<(typeof REGISTERING)[number], Register> };
  };
  for (const verb of REGISTERING) {
    const register = router.prototype[verb];
    router.prototype[verb] = function (name, path, ...handlers) {
      const method = verb.toUpperCase();
      routes.set(`${method} ${path}`, { method, path });
      return register.call(this, name, path, ...handlers);
    };
  }
  return routes;
}
