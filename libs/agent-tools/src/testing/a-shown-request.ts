import { randomUUID } from 'node:crypto';
import type { CommandResultInput } from '@servonaut/contracts';
import { aCommandResult } from '@servonaut/testkit';
import type { ShownRequest } from '../shown-request.ts';

/** One that has succeeded. What the test gives wins. */
export function aShownRequest(
  given: Partial<ShownRequest> = {},
  result: Partial<CommandResultInput> = {},
): ShownRequest {
  const requestId = given.requestId ?? randomUUID();
  return {
    requestId,
    tool: 'run_command',
    server: 'web-1',
    state: 'finished',
    outcome: 'succeeded',
    result: aCommandResult({ request_id: requestId, execution_time_ms: 12, ...result }),
    createdAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:05.013Z',
    ...given,
  };
}
