import { errorRow, ServonautError } from '@servonaut/contracts';

/** Codes of JSON-RPC 2.0 section 5.1 and of MCP. */
export const JSON_RPC = {
  parseError: -32_700,
  invalidRequest: -32_600,
  invalidParams: -32_602,
  serverError: -32_000,
} as const;

/** An error that the SDKs of MCP send as the JSON-RPC error of the request. */
export class JsonRpcFault extends Error {
  override readonly name = 'JsonRpcFault';
  readonly code: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: number, { code: ours, message, nextStep, retryable }: ServonautError) {
    super(message);
    this.code = code;
    this.data = { code: ours, next_step: nextStep, retryable };
  }
}

/** How JSON-RPC says it, where it is an error of ours. */
export function asFault(error: unknown): unknown {
  return error instanceof ServonautError ? new JsonRpcFault(errorRow(error.code).jsonRpc, error) : error;
}
