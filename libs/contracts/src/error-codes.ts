import { z } from 'zod';

/** How one error code looks at every edge. */
export interface ErrorRow {
  /** HTTP status of the REST and executor endpoints. */
  readonly http: number;
  /** JSON-RPC error code where the MCP revision wants a protocol error instead of an `isError` result. */
  readonly jsonRpc: number;
  /** Exit code of the CLI: sysexits(3), except 2 for usage, and those above 78 for what a script may want to tell from all else. */
  readonly exit: number;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** One public sentence; a thrower may give a more exact one. */
  readonly sentence: string;
  /** What the reader should do next. */
  readonly nextStep: string;
}

const row = (
  http: number,
  jsonRpc: number,
  exit: number,
  retryable: boolean,
  sentence: string,
  nextStep: string,
): ErrorRow => ({
  http,
  jsonRpc,
  exit,
  retryable,
  sentence,
  nextStep,
});

const INVALID_PARAMS = -32602;
const SERVER_ERROR = -32000;

/**
 * The closed set of error codes and how each looks over HTTP, JSON-RPC, MCP and on the command line. Everything that can go wrong
 * is one of these; adding one is a change of the protocol.
 */
export const ERROR_TABLE = {
  // What was asked is wrong.
  malformed_json: row(400, -32700, 65, false, 'The body is not JSON.', 'Send a JSON body.'),
  invalid_request: row(
    400,
    INVALID_PARAMS,
    2,
    false,
    'The request does not have the expected shape.',
    'Correct the fields that the message names.',
  ),
  payload_too_large: row(
    413,
    INVALID_PARAMS,
    65,
    false,
    'The request is too large.',
    'Send less; put large input into a file on the server.',
  ),
  unknown_tool: row(404, INVALID_PARAMS, 64, false, 'There is no tool of this name.', 'Call tools/list for the names.'),
  unknown_server: row(
    404,
    INVALID_PARAMS,
    68,
    false,
    'No connected executor has a server of this name.',
    'Call list_servers for the names.',
  ),
  not_found: row(404, INVALID_PARAMS, 66, false, 'There is nothing here.', 'Check the name, path or address.'),
  method_not_allowed: row(405, INVALID_PARAMS, 64, false, 'This address does not take that method.', 'See /api/docs.'),
  conflict: row(
    409,
    SERVER_ERROR,
    65,
    false,
    'This contradicts what is already there.',
    'Read the current state and decide again.',
  ),

  request_in_progress: row(
    409,
    SERVER_ERROR,
    75,
    true,
    'The first request with this Idempotency-Key is still being done.',
    'Ask again in a moment, with the same key.',
  ),
  idempotency_key_reused: row(
    422,
    SERVER_ERROR,
    65,
    false,
    'This Idempotency-Key was used for another request.',
    'Use a new key for each request; only a repetition has the same.',
  ),
  version_mismatch: row(
    412,
    SERVER_ERROR,
    65,
    false,
    'It has been changed since you read it.',
    'Read it again, and send your change with its new ETag.',
  ),

  // Who asks.
  unauthenticated: row(
    401,
    SERVER_ERROR,
    77,
    false,
    'A bearer token is needed.',
    'Send "Authorization: Bearer <token>".',
  ),
  token_invalid: row(
    401,
    SERVER_ERROR,
    77,
    false,
    'The token is not one of ours.',
    'Check the token, or ask an admin for a new one.',
  ),
  token_expired: row(401, SERVER_ERROR, 77, false, 'The token has expired.', 'Ask for a new token.'),
  token_revoked: row(401, SERVER_ERROR, 77, false, 'The token has been revoked.', 'Ask for a new token.'),
  delegation_ended: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'Whoever let you use this server does so no more.',
    'Ask them, if that was a mistake; check on the server before repeating anything that is not safe to repeat.',
  ),
  sign_in_refused: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'E-mail address, password or code are not right.',
    'Try again, or ask an admin for an invitation.',
  ),
  sign_in_unavailable: row(
    502,
    SERVER_ERROR,
    69,
    true,
    'The provider at which people sign in does not answer as it should.',
    'Try again in a moment, or sign in with a password; if it persists, tell an admin of this coordinator.',
  ),
  insufficient_scope: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The token does not have the scope for this.',
    'Use a token with the scope that the message names.',
  ),
  not_entitled: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The token may not do this.',
    'Ask whoever issued the token to widen it.',
  ),
  address_not_allowed: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The token may not be used from this network address.',
    'Use it from where it was issued for, or ask whoever issued it to widen that.',
  ),
  forbidden_origin: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'Requests from this web origin are not allowed.',
    'Add the origin to SERVONAUT_ALLOWED_ORIGINS.',
  ),
  too_many_requests: row(429, SERVER_ERROR, 75, true, 'Too many requests are in flight.', 'Wait for some to end.'),
  quota_exceeded: row(
    429,
    SERVER_ERROR,
    75,
    true,
    'A limit on calls is reached.',
    'Wait until it resets, or ask whoever can change it.',
  ),
  repeated_call: row(
    429,
    SERVER_ERROR,
    75,
    true,
    'The same call is being made over and over.',
    'Look at the answers that came; wait before you call again.',
  ),

  // The relay.
  executor_offline: row(
    503,
    SERVER_ERROR,
    69,
    true,
    'No executor is connected for this user.',
    'Start "servonaut connect" on the machine that holds the SSH keys.',
  ),
  executor_unknown: row(404, SERVER_ERROR, 69, true, 'The coordinator does not know this executor.', 'Register again.'),
  executor_outdated: row(
    403,
    SERVER_ERROR,
    76,
    false,
    'This coordinator takes only executors that register, with a key to encrypt to.',
    'Upgrade the executor.',
  ),
  executor_disconnected: row(
    403,
    SERVER_ERROR,
    79,
    false,
    'An admin has disconnected this executor.',
    'Ask an admin why; "servonaut connect" starts it anew.',
  ),
  executor_draining: row(503, SERVER_ERROR, 75, true, 'The executor is shutting down.', 'Try again when it is back.'),
  executor_restarted: row(
    503,
    SERVER_ERROR,
    75,
    true,
    'The executor was started anew before it had read the request; nothing was run.',
    'Ask again.',
  ),
  relay_unavailable: row(
    503,
    SERVER_ERROR,
    69,
    true,
    'The hub did not take the request; nothing was run.',
    'Try again in a moment.',
  ),
  not_delivered: row(
    504,
    SERVER_ERROR,
    69,
    true,
    'The executor did not confirm the request in time and will not start it any more; it may have begun it if it was killed or cut off just then.',
    'Try again, after a look at the server for what is not safe to repeat; if it persists, look at "servonaut status".',
  ),
  timed_out: row(
    504,
    SERVER_ERROR,
    75,
    false,
    'The command did not end in time.',
    'Ask for a longer timeout_seconds, or for less.',
  ),
  outcome_unknown: row(
    504,
    SERVER_ERROR,
    75,
    false,
    'The request had started and its executor fell silent: it may or may not have run to its end. It is not run again.',
    'Look on the server for what it has done before repeating anything that is not safe to repeat; get_request tells whether more has become known.',
  ),
  request_cancelled: row(409, SERVER_ERROR, 75, false, 'The request was cancelled.', 'Nothing, unless it was not you.'),
  request_expired: row(410, SERVER_ERROR, 75, true, 'The start-by deadline of the request has passed.', 'Ask again.'),
  request_unknown: row(
    404,
    INVALID_PARAMS,
    66,
    false,
    'There is no such request for this user.',
    'Check the request_id.',
  ),
  request_finished: row(
    409,
    SERVER_ERROR,
    65,
    false,
    'The request has already ended.',
    'Nothing: the first result stands.',
  ),
  result_conflict: row(
    409,
    SERVER_ERROR,
    65,
    false,
    'A different result for this request is already stored.',
    'Nothing: the first result stands.',
  ),

  // The executor and its servers.
  seal_invalid: row(
    403,
    SERVER_ERROR,
    76,
    false,
    'The request is not sealed by the coordinator that this executor trusts.',
    'If the coordinator was set up anew, log the executor in again.',
  ),
  coordinator_key_changed: row(
    403,
    SERVER_ERROR,
    76,
    false,
    'The coordinator shows another key than the one pinned at login.',
    'If that is expected, log in again; otherwise find out why.',
  ),
  duplicate_request: row(
    409,
    SERVER_ERROR,
    65,
    false,
    'This request was already taken; it is not run twice.',
    'Call get_request with the request_id.',
  ),
  policy_denied: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The operator does not allow this.',
    'Ask the operator; the message names the rule.',
  ),
  approval_declined: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The operator was asked for this and declined it; nothing was run.',
    'Do not ask for the same in other words; ask the operator what they would allow.',
  ),
  approval_unavailable: row(
    503,
    SERVER_ERROR,
    75,
    true,
    "This needs the operator's approval and nobody is there to give it; nothing was run.",
    'Ask again when the operator is there: at the terminal of "servonaut connect", or with "servonaut approve".',
  ),
  approval_expired: row(
    504,
    SERVER_ERROR,
    75,
    true,
    'The operator did not answer in time whether this may run; nothing was run.',
    'Ask again when the operator is there.',
  ),
  approval_stale: row(
    409,
    SERVER_ERROR,
    75,
    true,
    'What the operator approved is no longer what would run; nothing was run.',
    'Ask again; the operator is shown what would run now.',
  ),
  executor_paused: row(
    503,
    SERVER_ERROR,
    75,
    true,
    'The operator has paused this executor.',
    'Wait until the operator resumes it ("servonaut resume"); do not look for another way to the server.',
  ),
  tool_failed: row(
    500,
    SERVER_ERROR,
    70,
    false,
    'The tool failed on the executor.',
    'See the message; look at the log of "servonaut connect".',
  ),
  server_unreachable: row(
    502,
    SERVER_ERROR,
    69,
    true,
    'The server could not be reached.',
    'Run "servonaut servers test" on the executor.',
  ),
  connect_timeout: row(
    504,
    SERVER_ERROR,
    69,
    true,
    'The server did not answer in time.',
    'Run "servonaut servers test" on the executor.',
  ),
  connection_lost: row(
    502,
    SERVER_ERROR,
    69,
    false,
    'The connection to the server broke while the command ran; it may or may not have finished.',
    'Check on the server before repeating anything that is not safe to repeat.',
  ),
  host_key_unknown: row(
    502,
    SERVER_ERROR,
    76,
    false,
    'The host key of the server is not known.',
    'The operator compares the fingerprint and runs "servonaut servers trust NAME".',
  ),
  host_key_changed: row(
    502,
    SERVER_ERROR,
    76,
    false,
    'The host key of the server is not the one on record.',
    'Do not go on until the operator has found out why.',
  ),
  ssh_auth_failed: row(
    502,
    SERVER_ERROR,
    77,
    false,
    "The server accepted none of the operator's keys.",
    'Run "servonaut servers test" on the executor.',
  ),
  sudo_refused: row(
    502,
    SERVER_ERROR,
    77,
    false,
    'The command was not run: sudo on the server refused it.',
    'The operator runs "servonaut servers sudo NAME", or allows the command in sudoers without a password (NOPASSWD).',
  ),
  cloud_refused: row(
    502,
    SERVER_ERROR,
    77,
    false,
    "The cloud does not let the operator's credentials do this.",
    'The operator gives their credentials the permission that the message names.',
  ),
  ssh_config_unsupported: row(
    502,
    SERVER_ERROR,
    78,
    false,
    'The SSH configuration asks for something that is not supported yet.',
    'See the message for the option.',
  ),

  // The command line.
  not_logged_in: row(
    401,
    SERVER_ERROR,
    77,
    false,
    'This profile is not logged in.',
    'Log it in with "servonaut login".',
  ),
  signed_out: row(401, SERVER_ERROR, 77, false, 'This profile was signed out.', 'Log it in again.'),
  login_denied: row(
    403,
    SERVER_ERROR,
    77,
    false,
    'The sign-in was denied in the browser.',
    'Log in again, if that was a mistake.',
  ),
  login_expired: row(
    410,
    SERVER_ERROR,
    77,
    false,
    'Nobody confirmed the sign-in in time.',
    'Log in again for a new code.',
  ),
  config_invalid: row(
    500,
    SERVER_ERROR,
    78,
    false,
    'The configuration is not valid.',
    'Correct what the message names.',
  ),
  already_running: row(
    409,
    SERVER_ERROR,
    75,
    false,
    'An executor for this profile is already running.',
    'Stop it first, or use another profile.',
  ),
  audit_tampered: row(
    500,
    SERVER_ERROR,
    80,
    false,
    'The audit is not as it was written.',
    'Keep this export and the database as they are, and find out who could write to it.',
  ),
  audit_incomplete: row(
    500,
    SERVER_ERROR,
    81,
    false,
    'The export of the audit broke off, so that not all of it was verified.',
    'Look into the log of the coordinator, and export it again.',
  ),
  coordinator_unreachable: row(
    503,
    SERVER_ERROR,
    69,
    true,
    'The coordinator could not be reached.',
    'Check the URL and the network.',
  ),

  // Us.
  audit_unavailable: row(
    503,
    SERVER_ERROR,
    69,
    true,
    'This cannot be recorded now, and what cannot be recorded is not done.',
    'Try again in a moment; if it persists, tell an admin.',
  ),
  unavailable: row(503, SERVER_ERROR, 69, true, 'A part of the service is not available.', 'Try again in a moment.'),
  internal: row(500, -32603, 70, false, 'Something went wrong on our side.', 'Report the request id.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const ERROR_CODES = Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]];

export const errorCodeSchema = z.enum(ERROR_CODES);

/** The row of a code, typed as a row rather than as its literal values. */
export function errorRow(code: ErrorCode): ErrorRow {
  return ERROR_TABLE[code];
}
