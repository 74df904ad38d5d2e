import { didYouMean, nearestNames, reachesServer, ServonautError, type WirePrincipal } from '@servonaut/contracts';
import type { Executor } from './executor-record.ts';
import { stateOf } from './executor-record.ts';

export interface Wanted {
  readonly tool: string;
  readonly server: string | null;
  /** Whose limits decide which names of servers an error may tell. */
  readonly principal: Pick<WirePrincipal, 'servers' | 'within'>;
}

/**
 * The executor that is to run a call: present, with the tool, with the server. Of several the one that names the server goes before an
 * older one that names none, and then the most recently registered.
 * @param executors of one user
 * @throws ServonautError `executor_offline`, `executor_draining`, `unknown_tool` or `unknown_server`
 */
export function chooseExecutor(
  executors: readonly Executor[],
  wanted: Wanted,
  now: number,
  heartbeatIntervalMs: number,
): Executor {
  const inState = (state: string) => executors.filter((one) => stateOf(one, now, heartbeatIntervalMs) === state);
  const online = inState('online');
  if (online.length === 0)
    throw inState('draining').length > 0 ? new ServonautError('executor_draining') : offline(executors);
  const able = online.filter((one) => hasTool(one, wanted.tool));
  if (able.length === 0) throw unknownTool(wanted.tool);
  const chosen = able.filter((one) => hasServer(one, wanted.server)).sort(byPreference)[0];
  if (!chosen) throw unknownServer(wanted, able);
  return chosen;
}

function hasTool({ record }: Executor, tool: string): boolean {
  return record.manifest?.tools.some(({ name }) => name === tool) ?? true;
}

function hasServer({ record }: Executor, server: string | null): boolean {
  return server === null || (record.manifest?.servers.some(({ name }) => name === server) ?? true);
}

function byPreference(a: Executor, b: Executor): number {
  const manifests = Number(b.record.manifest !== null) - Number(a.record.manifest !== null);
  return manifests || b.record.registeredAt - a.record.registeredAt;
}

function offline(executors: readonly Executor[]): ServonautError {
  const last = executors.toSorted((a, b) => b.presence.lastSeenAt - a.presence.lastSeenAt)[0];
  if (!last) return new ServonautError('executor_offline', { facts: { last_seen_at: null, profile: null } });
  const { profile } = last.record;
  const lastSeenAt = new Date(last.presence.lastSeenAt).toISOString();
  return new ServonautError('executor_offline', {
    message: `No executor is connected for this user; one with the profile "${profile}" was last seen at ${lastSeenAt}.`,
    nextStep: `Start "servonaut connect --profile ${profile}" on the machine that holds the SSH keys.`,
    facts: { last_seen_at: lastSeenAt, profile },
  });
}

function unknownTool(tool: string): ServonautError {
  return new ServonautError('unknown_tool', {
    message: `No connected executor has the tool "${tool}".`,
    facts: { tool },
  });
}

function unknownServer({ server: wanted, principal }: Wanted, able: readonly Executor[]): ServonautError {
  const server = wanted ?? '';
  const known = able.flatMap(({ record }) => record.manifest?.servers ?? []);
  const names = [...new Set(known.filter((one) => reachesServer(principal, one)).map(({ name }) => name))];
  const near = nearestNames(server, names);
  return new ServonautError('unknown_server', {
    message: `No connected executor has a server named "${server}".${didYouMean(server, names)}`,
    facts: { server, near, servers: names.sort().slice(0, LISTED_SERVERS), servers_total: names.length },
  });
}

/** Most servers that an error lists. */
const LISTED_SERVERS = 20;
