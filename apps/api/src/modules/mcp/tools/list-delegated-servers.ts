import { clip, isWithin, type OutputBounds, type ToolResult } from '@servonaut/agent-tools';
import type { ServerAnswer, ToolManifest } from '@servonaut/contracts';

/** A server that somebody else lets the caller use. */
export interface DelegatedServer {
  /** With the name of its user and "/" before it: as calls name it. */
  readonly server: string;
  /** Names of the tools that may be called on it. */
  readonly tools: readonly string[];
}

/** What somebody lets the caller use. */
export interface DelegatedBy {
  readonly user: string;
  /** Whether an executor of theirs is. */
  readonly connected: boolean;
  readonly servers: readonly string[];
  /** Null: every tool. */
  readonly tools: readonly string[] | null;
  readonly expires_at: string | null;
}

export interface DelegatedList {
  /** Of those who are connected. */
  readonly servers: readonly DelegatedServer[];
  /** Whether all that there are were looked at. */
  readonly complete: boolean;
  readonly delegations: readonly DelegatedBy[];
}

/** The coordinator's own tool, for whoever may use servers of others. */
export const LIST_DELEGATED_SERVERS: ToolManifest = {
  name: 'list_delegated_servers',
  title: 'List servers of others',
  description:
    'Lists the servers of other users that you may use, by the names that every other tool takes as "server" ("alice/web-1"), with the ' +
    'tools that may be called on each. Servers of your own are in list_servers. Of a user who has no executor connected it shows what you were ' +
    'given, not which servers there are.',
  target: 'executor',
  effect: 'read-only',
  idempotent: true,
  input_schema: { type: 'object', properties: {}, additionalProperties: false },
};

/** Beyond the bounds the words are cut, and the data left out. */
export function answerDelegatedList(list: DelegatedList, bounds: OutputBounds): ToolResult {
  const showsData = isWithin(JSON.stringify(list), bounds.bytes);
  const { text, clipped } = clip(inWords(list), bounds);
  const answer: ServerAnswer = {
    server: null,
    status: 'succeeded',
    exit_code: null,
    stdout: '',
    stderr: '',
    truncated: !list.complete || !showsData || clipped,
    duration_ms: 0,
    ...(showsData && { data: { ...list } }),
  };
  return {
    content: [{ type: 'text', text }],
    structuredContent: { request_id: null, results: [answer] },
    isError: false,
  };
}

function inWords({ servers, complete, delegations }: DelegatedList): string {
  if (delegations.length === 0) return 'Nobody lets you use servers of theirs.';
  const away = delegations.filter(({ connected }) => !connected);
  return [
    complete ? `${servers.length} servers` : `The first ${servers.length} servers; there are more`,
    ...servers.map(({ server, tools }) => `${server}: ${tools.join(', ')}`),
    ...away.map(({ user, servers: given }) => `${user} is not connected now; you may use ${given.join(', ')}`),
  ].join('\n');
}
