import { JsonRpcFault } from '@servonaut/agent-tools';
import type { ServonautError } from '@servonaut/contracts';
import type { Response } from 'express';

/** Codes of JSON-RPC 2.0 section 5.1 and of MCP. */
export const JSON_RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  invalidParams: -32_602,
  serverError: -32_000,
} as const;

/** Answers with a JSON-RPC error where there is no SDK to do it: before a message has been understood. */
export function sendJsonRpcError(res: Response, status: number, code: number, error: ServonautError): void {
  const { message, data } = new JsonRpcFault(code, error);
  res.status(status).json({ jsonrpc: '2.0', error: { code, message, data }, id: null });
}
