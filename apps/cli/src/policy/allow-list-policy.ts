import { z } from 'zod';
import { matchesWildcard } from '../inventory/wildcard.ts';
import type { DenialQuestion, DenyingPolicy, PolicyDenial } from './denial.ts';

/** An editor that saves in place leaves the file empty for a moment, which must not be the moment when everything is allowed. */
const EMPTY = 'holds no rules; write {} to allow everything';

export const allowListsSchema = z.strictObject(
  {
    /** Names of tools, with `*` for any run of characters. Not given: all. */
    allow_tools: z.array(z.string().min(1)).optional(),
    /** Names of servers, likewise. */
    allow_servers: z.array(z.string().min(1)).optional(),
  },
  { error: (issue) => (issue.input === null ? EMPTY : undefined) },
);
export type AllowLists = z.infer<typeof allowListsSchema>;

const isListed = (list: readonly string[] | undefined, name: string) =>
  list === undefined || list.some((pattern) => matchesWildcard(pattern, name));

/** Allows what both lists name; a list that is not there allows everything, an empty one nothing. */
export class AllowListPolicy implements DenyingPolicy {
  readonly #lists: AllowLists;

  constructor(lists: AllowLists) {
    this.#lists = lists;
  }

  denial({ tool, server }: DenialQuestion): PolicyDenial | undefined {
    if (!isListed(this.#lists.allow_tools, tool)) {
      return { rule: 'allow_tools', message: `The operator does not allow ${tool} (rule allow_tools).` };
    }
    if (server !== null && !isListed(this.#lists.allow_servers, server)) {
      return { rule: 'allow_servers', message: `The operator does not allow ${server} (rule allow_servers).` };
    }
    return undefined;
  }
}
