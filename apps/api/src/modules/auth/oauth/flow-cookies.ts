import type { Provider } from 'oidc-provider';
import { ownName } from '../people/session-cookie.ts';
import type { FlowNames } from './flow-names.ts';

/** What the library would keep of a flow in cookies of its own. */
const OF_A_FLOW: ReadonlySet<string> = new Set(['interaction', 'resume']);

/** The library's one cookie, signed: it carries somebody through the steps of a flow. Who somebody is says only a web session. */
export function flowCookieNames(publicUrl: string) {
  return { session: ownName('svn_oauth', publicUrl), interaction: 'interaction', resume: 'resume' };
}

/**
 * Answers the library from the address when it looks for its cookies of a flow, and keeps none. Those are bound to a path, so that they could not have
 * `__Host-` names; and another host of the domain that sets them would lead somebody into the middle of a flow that they have not begun.
 */
export function nameFlowsByAddress(provider: Provider, names: FlowNames): void {
  const create = provider.createContext.bind(provider);
  provider.createContext = (request, response) => {
    const context = create(request, response);
    const { cookies } = context;
    const [get, set] = [cookies.get.bind(cookies), cookies.set.bind(cookies)];
    cookies.get = (name, options) => (OF_A_FLOW.has(name) ? names.uidOf(request) : get(name, options));
    cookies.set = (name, value, options) => (OF_A_FLOW.has(name) ? cookies : set(name, value, options));
    return context;
  };
}
