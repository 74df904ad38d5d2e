import { toolOfScope, type Scope } from '@servonaut/contracts';
import { audienceOf, type Audience } from '../token-verifier.ts';

/** Addresses that a client may name as the resource that it wants to use (RFC 8707), and whose tokens those are. */
const AUDIENCES: ReadonlyMap<string, Audience> = new Map([
  ['', 'mcp'],
  ['/mcp', 'mcp'],
  ['/mcp/sse', 'mcp'],
  ['/mcp/message', 'mcp'],
  ['/api', 'api'],
  ['/api/cli', 'api'],
]);

/** In front of the path of a resource. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What a client can be given at each door, beside the scopes of single tools at that of agents. */
export const AUDIENCE_SCOPES: Readonly<Record<Audience, readonly Scope[]>> = {
  mcp: ['mcp:tools'],
  api: ['relay:connect', 'credentials', 'admin'],
};

/** Undefined for an address that is not one of ours. */
export function audienceOfResource(resource: string, publicUrl: string): Audience | undefined {
  const url = URL.parse(resource);
  if (url === null || url.origin !== publicUrl || url.username || url.password || url.search || url.hash)
    return undefined;
  return AUDIENCES.get(url.pathname.replace(/\/$/, ''));
}

/** The claim `aud` of access tokens, and the resource of clients that name none. */
export function resourceOf(audience: Audience, publicUrl: string): string {
  return `${publicUrl}/${audience}`;
}

/**
 * What can be given to somebody who asks for `asked`. The library takes scopes from a fixed list only, while those of tools are any number.
 * @param asked space-separated, as in RFC 6749 section 3.3
 */
export function scopesAtHand(audience: Audience, asked: string): string {
  const tools = audience === 'mcp' ? asked.split(' ').filter((scope) => toolOfScope(scope) !== undefined) : [];
  return [...new Set([...AUDIENCE_SCOPES[audience], ...tools])].join(' ');
}

/** What a client asks for a token for, that was refused at `path`. */
export function resourceOfRoute(path: string, publicUrl: string): string {
  // Those who post there know the address of the stream, and nothing of this one.
  if (/^\/mcp\/(?:sse|message)(?:\/|$)/i.test(path)) return `${publicUrl}/mcp/sse`;
  return resourceOf(audienceOf(path), publicUrl);
}

/** Where the metadata of a resource are (RFC 9728 section 3.1). */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}${METADATA_PATH}${pathname.replace(/\/$/, '')}`;
}
