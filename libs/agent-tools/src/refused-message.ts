import { ServonautError } from '@servonaut/contracts';
import { JSON_RPC, JsonRpcFault } from './json-rpc-fault.ts';

type Id = string | number;

/** The answer to a message that cannot be served, as JSON-RPC 2.0 section 5 has it. The SDKs would send a validator's findings without a code of ours. */
export interface Refusal<AnId extends Id | null = Id | null> {
  readonly jsonrpc: '2.0';
  readonly id: AnId;
  readonly error: { readonly code: number; readonly message: string; readonly data: unknown };
}

type Members = Readonly<Record<string, unknown>>;

const REQUEST_MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params']);
const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/** The answer to what has not even the shape of one message (JSON-RPC 2.0 section 4), to be given where it came from. */
export function refuseShape(body: unknown): Refusal | undefined {
  if (Array.isArray(body)) return refusal(null, JSON_RPC.invalidRequest, batch());
  if (!isObject(body)) return refusal(null, JSON_RPC.invalidRequest, notAMessage('Expected an object.'));
  const flaw = messageFlaw(body);
  if (flaw === undefined) return undefined;
  return refusal(isId(body['id']) ? body['id'] : null, JSON_RPC.invalidRequest, notAMessage(flaw));
}

/** The answer to a request whose parameters have not the shape that MCP gives them. `message` has passed `refuseShape`. */
export function refuseRequest(message: unknown): Refusal<Id> | undefined {
  if (!isObject(message) || message['method'] === undefined || !isId(message['id'])) return undefined;
  const wrong = paramsFlaw(message);
  return wrong && refusal(message['id'], JSON_RPC.invalidParams, wrong);
}

function messageFlaw(body: Members): string | undefined {
  const { jsonrpc, id, method, params } = body;
  if (jsonrpc !== '2.0') return 'jsonrpc: expected "2.0".';
  if (id !== undefined && !isId(id)) return 'id: expected a text or a whole number.';
  if (method === undefined && ('result' in body || 'error' in body)) return undefined;
  if (typeof method !== 'string') return 'method: expected a text.';
  if (params !== undefined && (typeof params !== 'object' || params === null)) return 'params: expected an object.';
  const unknown = Object.keys(body).find((member) => !REQUEST_MEMBERS.has(member));
  return unknown === undefined ? undefined : `${JSON.stringify(unknown.slice(0, 40))}: not expected.`;
}

function paramsFlaw({ method, params }: Members): ServonautError | undefined {
  const isCall = method === 'tools/call';
  const flaw = metaFlaw(params) ?? (isCall ? callFlaw(params) : undefined);
  if (flaw === undefined) return undefined;
  const nextStep = 'Call tools/list for the names of the tools and the arguments that each takes.';
  return new ServonautError('invalid_request', {
    message: `The ${isCall ? 'call' : 'request'} is not valid. ${flaw}`,
    ...(isCall && { nextStep }),
  });
}

/** What every request may carry (`RequestMeta` of MCP). */
function metaFlaw(params: unknown): string | undefined {
  if (params === undefined) return undefined;
  if (!isObject(params)) return 'params: expected an object.';
  const { _meta: meta = {} } = params;
  if (!isObject(meta)) return 'params._meta: expected an object.';
  const { progressToken, [RELATED_TASK]: task } = meta;
  if (progressToken !== undefined && !isId(progressToken))
    return 'params._meta.progressToken: expected a text or a whole number.';
  return task === undefined || (isObject(task) && typeof task['taskId'] === 'string')
    ? undefined
    : `params._meta["${RELATED_TASK}"]: expected an object with taskId.`;
}

function callFlaw(params: unknown): string | undefined {
  if (!isObject(params)) return 'params: expected an object with name and arguments.';
  const { name, arguments: given = {} } = params;
  if (typeof name !== 'string') return 'params.name: expected the name of a tool.';
  return isObject(given) ? undefined : 'params.arguments: expected an object.';
}

function notAMessage(flaw: string): ServonautError {
  return new ServonautError('invalid_request', { message: `This is not a JSON-RPC 2.0 message. ${flaw}` });
}

/** One body with a hundred calls would pass every limit that counts requests; no revision since 2025-06-18 has batches. */
function batch(): ServonautError {
  return new ServonautError('invalid_request', {
    message: 'Batches are not taken.',
    nextStep: 'Send each message by itself.',
  });
}

function refusal<AnId extends Id | null>(id: AnId, code: number, error: ServonautError): Refusal<AnId> {
  const { message, data } = new JsonRpcFault(code, error);
  return { jsonrpc: '2.0', id, error: { code, message, data } };
}

/** Ids of requests and tokens of progress: MCP takes no `null` and no fractions. */
function isId(value: unknown): value is Id {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
