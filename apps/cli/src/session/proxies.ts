import { ServonautError } from '@servonaut/contracts';
import { operatorsVariables } from './environment.ts';

/** As Node heeds them: of each the one in small letters before the other. */
const ADDRESSES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
const EXCEPTIONS = ['no_proxy', 'NO_PROXY'];

/** What Node can speak to a proxy. */
const SCHEME = /^https?:\/\//;

/** Those of the variables that anybody may read. */
export function openProxies(variables: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const secret = secretProxies(variables);
  const open = [...ADDRESSES, ...EXCEPTIONS].filter((name) => variables[name] && !secret.includes(name));
  return Object.fromEntries(open.map((name) => [name, variables[name] ?? '']));
}

/** The names of those that say how to sign in to a proxy. */
export function secretProxies(variables: NodeJS.ProcessEnv): readonly string[] {
  return ADDRESSES.filter((name) => variables[name]?.includes('@'));
}

/** @throws ServonautError `config_invalid` naming the variable, never what it holds: a password may be in it */
function checkAddress(name: string, value: string): void {
  if (SCHEME.test(value) && URL.canParse(value)) return;
  throw new ServonautError('config_invalid', {
    message: `${name} is no address of a proxy.`,
    nextStep: 'Give http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host where it wants them.',
  });
}

/**
 * From now on everything here that speaks HTTP goes through the proxies that the environment names, except to what `NO_PROXY` names: `fetch`, and
 * Node's own agents. An agent of one's own takes `operatorsVariables` as its `proxyEnv`.
 * @throws ServonautError `config_invalid`, also where this Node has no proxies: to go around one that was named is not for us to decide
 */
export async function useProxies(variables = operatorsVariables()): Promise<void> {
  const named = ADDRESSES.flatMap((name) => (variables[name] ? [[name, variables[name]] as const] : []));
  const [first] = named;
  if (!first) return;
  for (const [name, value] of named) checkAddress(name, value);
  const http: Partial<typeof import('node:http')> = await import('node:http');
  if (!http.setGlobalProxyFromEnv) {
    throw new ServonautError('config_invalid', {
      message: `${first[0]} names a proxy, for which Node ${process.versions.node} is too old.`,
      nextStep: 'Use Node 24.14 or newer, or take the variable away.',
    });
  }
  http.setGlobalProxyFromEnv(variables);
}
