import { isIP } from 'node:net';
import type { Finding } from './finding.ts';
import type { Patient } from './patient.ts';

const HIDDEN = '(address)';
const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/giu;
/** Whatever could be an IP address; `isIP` decides. A port may follow the first of them. */
const LIKE_IPS = [/(?:\d{1,3}\.){3}\d{1,3}/gu, /[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]/gu];
/** A name with a dot in it: one without tells nobody where that is. */
const LIKE_A_HOST = /[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]*[a-z0-9])+/giu;

function hide(text: string, hosts: ReadonlySet<string>): string {
  const hideThose = (are: (found: string) => boolean) => (found: string) => (are(found) ? HIDDEN : found);
  const withoutHosts = text.replace(URLS, HIDDEN).replace(
    LIKE_A_HOST,
    hideThose((found) => hosts.has(found.toLowerCase())),
  );
  return LIKE_IPS.reduce(
    (rest, like) =>
      rest.replace(
        like,
        hideThose((found) => isIP(found) !== 0),
      ),
    withoutHosts,
  );
}

/** Host names by which the coordinator and servers are reached, in lower case, but for those that are names of servers. */
export async function hostNames({ credentials, servers }: Patient): Promise<ReadonlySet<string>> {
  const [known, reached] = await Promise.all([credentials().catch(() => null), servers().catch(() => [])]);
  const ways = reached.flatMap(({ target }) => (target ? [target, ...target.jumps] : []));
  const hosts = ways.flatMap(({ host, destination }) => [host, destination]);
  if (known) hosts.push(new URL(known.url).hostname);
  const names = new Set(reached.map(({ server }) => server.name));
  return new Set(hosts.filter((host) => !names.has(host)).map((host) => host.toLowerCase()));
}

/** A finding as it may be shown to anybody: servers by their names, and nothing by its address. */
export function withoutAddresses(finding: Finding, hosts: ReadonlySet<string>): Finding {
  const { what, todo } = finding;
  return { ...finding, what: hide(what, hosts), todo: todo === null ? null : hide(todo, hosts), detail: null };
}
