import { errorRow, ServonautError, type ErrorCode } from '@servonaut/contracts';

/** What an answer means that carries none of our errors: it is of a proxy, or of something that is no coordinator. */
export function foreignAnswer(status: number): ServonautError {
  if (status === 401 || status === 403) return fromBetween(status);
  const code = codeOfStatus(status);
  return new ServonautError(code, { message: `${errorRow(code).sentence} (HTTP ${status})` });
}

/** Never what a refusal by the coordinator is, which would end a `connect`: whatever stands there may let the next call through. */
function fromBetween(status: number): ServonautError {
  return new ServonautError('coordinator_unreachable', {
    message: `Something between here and the coordinator answered HTTP ${status}.`,
    nextStep: 'Check the URL, and what stands between: a proxy, a firewall, a sign-in of its own.',
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 413) return 'payload_too_large';
  if (status === 429) return 'too_many_requests';
  return status >= 500 ? 'coordinator_unreachable' : 'not_found';
}
