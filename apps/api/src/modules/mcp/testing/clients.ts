import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const INFO = { name: 'test-agent', version: '1' };

function requestInit(token: string): { requestInit: RequestInit } {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

/** HTTP+SSE, revision 2024-11-05's transport. */
export async function sseClient(url: string, token = 'token-a'): Promise<Client> {
  const client = new Client(INFO);
  await client.connect(new SSEClientTransport(new URL('/mcp/sse', url), requestInit(token)));
  return client;
}

/** Streamable HTTP of the 2025 era. */
export async function streamableClient(url: string, token = 'token-a'): Promise<Client> {
  const client = new Client(INFO);
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), requestInit(token)));
  return client;
}

/** Revision 2026-07-28. */
export async function modernClient(url: string, token = 'token-a'): Promise<ModernClient> {
  const client = new ModernClient(INFO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new ModernTransport(new URL('/mcp', url), requestInit(token)));
  return client;
}
