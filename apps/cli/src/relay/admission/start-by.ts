import { ServonautError, startByMillis, type CommandRequest } from '@servonaut/contracts';

/** How far the clocks of coordinators may differ, in milliseconds. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * What says that it was made later than now could be sent again after the journal has forgotten that it ran, which remembers for longer than any
 * honest start-by deadline.
 * @param coordinatorNow the coordinator's clock, in milliseconds since the epoch
 * @throws ServonautError `request_expired` for a request that may no longer start: whoever asked has been told that it did not run;
 * `invalid_request` for one that was not made yet
 */
export function checkStartBy(
  request: Pick<CommandRequest, 'created_at' | 'ttl_seconds'>,
  coordinatorNow: number,
): void {
  if (Date.parse(request.created_at) > coordinatorNow + CLOCKS_DIFFER_MS) {
    throw new ServonautError('invalid_request', { message: 'The request says that it was made later than now.' });
  }
  if (coordinatorNow > startByMillis(request)) throw new ServonautError('request_expired');
}
