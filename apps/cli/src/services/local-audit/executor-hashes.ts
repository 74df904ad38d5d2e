import { EXECUTOR_HASHES_PATH, executorHashesSchema, type ExecutorHashBody } from '@servonaut/contracts';
import type { RestClient } from '../rest/rest-client.ts';

/** Most that the coordinator gives at once. */
const PAGE = 200;

/** What the coordinator was told by the user's executors of their own audits, the oldest first. */
export async function coordinatorsHashes(rest: Pick<RestClient, 'read'>): Promise<ExecutorHashBody[]> {
  const rows: ExecutorHashBody[] = [];
  let cursor: string | undefined;
  do {
    const page = await rest.read(EXECUTOR_HASHES_PATH, executorHashesSchema, { limit: PAGE, cursor });
    rows.push(...page.executor_hashes);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
