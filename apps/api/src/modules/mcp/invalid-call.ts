import { errorRow, ServonautError } from '@servonaut/contracts';
import { JsonRpcFault } from './json-rpc.ts';

interface ErrorResponse {
  readonly jsonrpc: '2.0';
  readonly id: string | number;
  readonly error: { code: number; message: string; data: unknown };
}

/**
 * The answer to a `tools/call` whose parameters have not the shape of a call; undefined for every other message. The SDKs would send the list
 * of a validator's findings, which says less to a model and has no code of ours.
 */
export function refuseCall(message: unknown): ErrorResponse | undefined {
  if (!isObject(message) || message['jsonrpc'] !== '2.0' || message['method'] !== 'tools/call') return undefined;
  const { id, params } = message;
  const flaw = flawOf(params);
  if (flaw === undefined || (typeof id !== 'string' && typeof id !== 'number')) return undefined;
  const { code, message: text, data } = new JsonRpcFault(errorRow('invalid_request').jsonRpc, invalid(flaw));
  return { jsonrpc: '2.0', id, error: { code, message: text, data } };
}

function flawOf(params: unknown): string | undefined {
  if (!isObject(params)) return 'params: expected an object with name and arguments.';
  const { name, arguments: given = {} } = params;
  if (typeof name !== 'string') return 'params.name: expected the name of a tool.';
  return isObject(given) ? undefined : 'params.arguments: expected an object.';
}

function invalid(flaw: string): ServonautError {
  return new ServonautError('invalid_request', {
    message: `The call is not valid. ${flaw}`,
    nextStep: 'Call tools/list for the names of the tools and the arguments that each takes.',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
