import { ServonautError } from '@servonaut/contracts';
import { operatorsVariables } from './environment.ts';

/** As Node heeds them: of each the one in small letters before the other. */
const ADDRESSES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
const EXCEPTIONS = ['no_proxy', 'NO_PROXY'];

/** What Node can speak to a proxy. */
const SCHEME = /^https?:\/\//;

/**
 * The proxies that the environment names, and to what none is used, as Node's agents take them. Without a scheme it is http, as for curl.
 * @throws ServonautError `config_invalid` naming the variable, never what it holds: a password may be in it
 */
export function namedProxies(variables = operatorsVariables()): Readonly<Record<string, string>> {
  const given = [...ADDRESSES, ...EXCEPTIONS].filter((name) => variables[name]);
  return Object.fromEntries(given.map((name) => [name, namedProxy(name, variables[name] ?? '')]));
}

function namedProxy(name: string, value: string): string {
  if (EXCEPTIONS.includes(name)) return value;
  const address = value.includes('://') ? value : `http://${value}`;
  if (SCHEME.test(address) && URL.canParse(address)) return address;
  throw new ServonautError('config_invalid', {
    message: `${name} is no address of a proxy.`,
    nextStep: 'Give http://HOST:PORT or https://HOST:PORT, with USER:PASSWORD@ before the host where it wants them.',
  });
}

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

/**
 * From now on everything here that speaks HTTP goes through those proxies: `fetch`, and Node's own agents. An agent of one's own takes them as its
 * `proxyEnv`.
 * @param warn told where this Node has no proxies
 * @throws ServonautError `config_invalid` as `namedProxies`
 */
export async function useProxies(warn: (message: string) => void, variables = operatorsVariables()): Promise<void> {
  const proxies = namedProxies(variables);
  const named = ADDRESSES.find((name) => proxies[name]);
  if (named === undefined) return;
  const http: Partial<typeof import('node:http')> = await import('node:http');
  if (http.setGlobalProxyFromEnv) http.setGlobalProxyFromEnv(proxies);
  else warn(`${named} does not hold for everything: that needs Node 24.14, and this is ${process.versions.node}.`);
}
