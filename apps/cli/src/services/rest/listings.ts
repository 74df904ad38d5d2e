import {
  auditPageSchema,
  credentialsSchema,
  delegationsSchema,
  executorsSchema,
  plansSchema,
  requestsSchema,
  teamMembersSchema,
  teamsSchema,
  usersSchema,
  type AuditPageBody,
  type DelegationBody,
  type RequestBody,
} from '@servonaut/contracts';
import type { z } from 'zod';
import type { Query, RestClient } from './rest-client.ts';

/** A list that the coordinator gives out by pages. */
export interface Listing {
  readonly schema: z.ZodType<{ readonly next_cursor: string | null }>;
  /** Which member of a page is the list. */
  readonly items: string;
  /** Members that a table shows. */
  readonly columns: readonly string[];
  /** What a table shows of an item in place of the item itself. */
  readonly row?: (item: never) => Item;
}

type Page = Readonly<Record<string, unknown>> & { readonly next_cursor: string | null };
type Item = Readonly<Record<string, unknown>>;

const CREDENTIAL_COLUMNS = ['id', 'label', 'state', 'scopes', 'tools', 'servers', 'expires_at', 'last_used_at'];
const DELEGATION_COLUMNS = ['id', 'grantor', 'grantee', 'state', 'servers', 'tools', 'expires_at'];

export const LISTINGS = {
  users: {
    schema: usersSchema,
    items: 'users',
    columns: ['id', 'name', 'email', 'role', 'plan', 'disabled_at'],
  },
  plans: { schema: plansSchema, items: 'plans', columns: ['id', 'rules', 'updated_at'] },
  credentials: { schema: credentialsSchema, items: 'credentials', columns: CREDENTIAL_COLUMNS },
  everybodysCredentials: {
    schema: credentialsSchema,
    items: 'credentials',
    columns: ['user_id', ...CREDENTIAL_COLUMNS],
  },
  delegations: { schema: delegationsSchema, items: 'delegations', columns: DELEGATION_COLUMNS, row: delegationRow },
  teams: { schema: teamsSchema, items: 'teams', columns: ['id', 'name', 'members', 'created_at'] },
  members: { schema: teamMembersSchema, items: 'members', columns: ['user_id', 'name', 'added_at'] },
  executors: {
    schema: executorsSchema,
    items: 'executors',
    columns: ['id', 'user_id', 'profile', 'state', 'last_seen_at', 'servers', 'tools', 'running', 'version'],
  },
  requests: {
    schema: requestsSchema,
    items: 'requests',
    columns: ['id', 'user_id', 'principal', 'tool', 'server', 'state', 'outcome', 'created_at'],
    row: (request: RequestBody) => ({ ...request, principal: `${request.principal.kind} ${request.principal.id}` }),
  },
  audit: {
    schema: auditPageSchema,
    items: 'entries',
    columns: ['at', 'chain', 'seq', 'kind', 'actor', 'request_id'],
    row: auditRow,
  },
} as const satisfies Record<string, Listing>;

/** One page, as it came; with `all` everything from there on, as if it were one page. */
export async function readListing(
  rest: RestClient,
  path: string,
  listing: Listing,
  { all, query }: { readonly all: boolean; readonly query: Query },
): Promise<Page> {
  const first = (await rest.read(path, listing.schema, query)) as Page;
  if (!all) return first;
  const items = [...itemsOf(first, listing)];
  for (let { next_cursor: cursor } = first; cursor !== null;) {
    const next = (await rest.read(path, listing.schema, { ...query, cursor })) as Page;
    items.push(...itemsOf(next, listing));
    cursor = next.next_cursor;
  }
  return { ...first, [listing.items]: items, next_cursor: null };
}

function itemsOf(page: Page, { items }: Listing): readonly unknown[] {
  return page[items] as readonly unknown[];
}

export function rowsOf(page: Page, { items, row = (item: never) => item }: Listing): readonly Item[] {
  return (page[items] as readonly never[]).map((item) => row(item));
}

/** Of what is no record any more there is only its place. */
function auditRow(entry: AuditPageBody['entries'][number]): Item {
  if ('spoiled' in entry) return { ...entry.spoiled, kind: 'spoiled' };
  const { actor, ...record } = entry.record;
  return { ...record, actor: actor.label ?? actor.id ?? actor.kind };
}

function delegationRow({ grantor, grantee, ...delegation }: DelegationBody): Item {
  return { ...delegation, grantor: grantor.name, grantee: grantee.name };
}
