import type { CallParams } from '@servonaut/agent-tools';
import { classifyInboundRequest, isJsonContentType, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { Request } from 'express';

/** `tools/call`, of the shape that `refuseRequest` lets pass. */
export interface EarlierCall {
  readonly jsonrpc: '2.0';
  readonly id: string | number;
  readonly method: 'tools/call';
  readonly params: CallParams & { readonly _meta?: Readonly<Record<string, unknown>> };
}

/**
 * The body of a faultless call of a revision before 2026-07-28, which is what agents send thousands of times. Undefined for all else: what is of
 * the newest revision, another method, or in any way wrong is the SDK's to serve and to refuse.
 */
export function earlierCall({ method, headers, body }: Request): EarlierCall | undefined {
  if (method !== 'POST' || body?.method !== 'tools/call') return;
  if (!isJsonContentType(headers['content-type'] ?? null) || !acceptsBoth(headers.accept)) return;
  const version = singleValue(headers['mcp-protocol-version']);
  if (version !== undefined && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return;
  const header = version === undefined ? {} : { protocolVersionHeader: version };
  const found = classifyInboundRequest({ httpMethod: method, body, ...header });
  return found.kind === 'legacy' && found.reason === 'no-claim' && 'id' in body ? body : undefined;
}

/** Streamable HTTP has the client list both, since the server chooses. */
function acceptsBoth(accept = ''): boolean {
  return accept.includes('application/json') && accept.includes('text/event-stream');
}

function singleValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header;
}
