import {
  classifyInboundRequest,
  isJsonContentType,
  SUPPORTED_PROTOCOL_VERSIONS,
  type JSONRPCRequest,
} from '@modelcontextprotocol/server';
import type { Request } from 'express';

/**
 * The body of a faultless request of a revision before 2026-07-28, which is what agents send thousands of times. Undefined for all others: what
 * is of the newest revision, no request, or in any way wrong is the SDK's to serve and to refuse.
 */
export function earlierRequest({ method, headers, body }: Request): JSONRPCRequest | undefined {
  const version = singleValue(headers['mcp-protocol-version']);
  if (method !== 'POST' || !isJsonContentType(headers['content-type'] ?? null) || !acceptsBoth(headers.accept)) return;
  if (version !== undefined && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return;
  const header = version === undefined ? {} : { protocolVersionHeader: version };
  const found = classifyInboundRequest({ httpMethod: method, body, ...header });
  return found.kind === 'legacy' && found.reason === 'no-claim' ? body : undefined;
}

/** Streamable HTTP has the client list both, since the server chooses. */
function acceptsBoth(accept = ''): boolean {
  return accept.includes('application/json') && accept.includes('text/event-stream');
}

function singleValue(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header;
}
