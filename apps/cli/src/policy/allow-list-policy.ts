import { readFile } from 'node:fs/promises';
import { ServonautError } from '@servonaut/contracts';
import { parse } from 'yaml';
import { z } from 'zod';
import { matchesWildcard } from '../inventory/wildcard.ts';
import type { Policy, PolicyDenial, PolicyQuestion } from './policy.ts';

const allowListsSchema = z.strictObject({
  /** Names of tools, with `*` for any run of characters. Not given: all. */
  allow_tools: z.array(z.string().min(1)).optional(),
  /** Names of servers, likewise. */
  allow_servers: z.array(z.string().min(1)).optional(),
});
export type AllowLists = z.infer<typeof allowListsSchema>;

const isListed = (list: readonly string[] | undefined, name: string) =>
  list === undefined || list.some((pattern) => matchesWildcard(pattern, name));

/** Allows what both lists name; a list that is not there allows everything, an empty one nothing. */
export class AllowListPolicy implements Policy {
  readonly #lists: AllowLists;

  constructor(lists: AllowLists) {
    this.#lists = lists;
  }

  denial({ tool, server }: PolicyQuestion): PolicyDenial | undefined {
    if (!isListed(this.#lists.allow_tools, tool)) {
      return { rule: 'allow_tools', message: `The operator does not allow ${tool} (rule allow_tools).` };
    }
    if (server !== null && !isListed(this.#lists.allow_servers, server)) {
      return { rule: 'allow_servers', message: `The operator does not allow ${server} (rule allow_servers).` };
    }
    return undefined;
  }
}

/**
 * The policy of `policy.yaml`; without the file everything is allowed.
 * @throws ServonautError `config_invalid` for a file that cannot be read or understood: nothing may run under a policy that is not known
 */
export async function loadPolicy(path: string): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new AllowListPolicy({});
    throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause: error });
  }
  return new AllowListPolicy(parsePolicy(text, path));
}

function parsePolicy(text: string, path: string): AllowLists {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new ServonautError('config_invalid', { message: `${path}: ${(error as Error).message}`, cause: error });
  }
  const parsed = allowListsSchema.safeParse(document ?? {});
  if (parsed.success) return parsed.data;
  throw new ServonautError('config_invalid', { message: `${path}: ${z.prettifyError(parsed.error)}` });
}
