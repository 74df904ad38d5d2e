import { ServonautError, startByMillis, type CommandRequest } from '@servonaut/contracts';

/**
 * @param coordinatorNow the coordinator's clock, in milliseconds since the epoch
 * @throws ServonautError `request_expired` for a request that may no longer start: whoever asked has been told that it did not run
 */
export function checkStartBy(
  request: Pick<CommandRequest, 'created_at' | 'ttl_seconds'>,
  coordinatorNow: number,
): void {
  if (coordinatorNow > startByMillis(request)) throw new ServonautError('request_expired');
}
