import { JsonRpcFault } from '@servonaut/agent-tools';
import type { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';

/** Answers with a JSON-RPC error where there is no SDK to do it: before a message has been understood. */
export function sendJsonRpcError(res: Response, status: number, code: number, error: ServonautError): void {
  const { message, data } = new JsonRpcFault(code, error);
  res.status(status).json({ jsonrpc: '2.0', error: { code, message, data }, id: null });
}
