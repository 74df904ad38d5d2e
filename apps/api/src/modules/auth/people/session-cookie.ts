import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';

/** One cookie of ours. It ends with the browser, unless it is to be kept; what it stands for may end before. */
export interface OwnCookie {
  /** The value that came with the request; undefined for none, or for more than one, of which one would be a stranger's. */
  read(request: Pick<IncomingMessage, 'headers'>): string | undefined;
  write(response: Response, value: string): void;
  clear(response: Response): void;
}

/** The cookie that holds the secret of a web session. */
export function sessionCookie(publicUrl: string): OwnCookie {
  return ownCookie('svn_session', publicUrl);
}

/** How long a browser is known after the last sign-in in it. */
const KNOWN_MS = 180 * 86_400_000;

/** The cookie by which a browser is known in which somebody has signed in. */
export function knownBrowserCookie(publicUrl: string): OwnCookie {
  return ownCookie('svn_known', publicUrl, KNOWN_MS);
}

/**
 * `Lax`, not `Strict`: the way into a flow begins at another site.
 */
export function ownCookie(bareName: string, publicUrl: string, maxAge?: number): OwnCookie {
  const name = ownName(bareName, publicUrl);
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure(publicUrl), path: '/' } as const;
  return {
    read: ({ headers }) => onlyValue(headers.cookie ?? '', name),
    write: (response, value) =>
      void response.cookie(name, value, maxAge === undefined ? options : { ...options, maxAge }),
    clear: (response) => void response.clearCookie(name, options),
  };
}

/** `__Host-` keeps other hosts of the same domain from setting it (RFC 6265bis section 4.1.3.2); browsers take such a name over https only. */
export function ownName(bareName: string, publicUrl: string): string {
  return isSecure(publicUrl) ? `__Host-${bareName}` : bareName;
}

function isSecure(publicUrl: string): boolean {
  return publicUrl.startsWith('https:');
}

function onlyValue(header: string, name: string): string | undefined {
  const prefix = `${name}=`;
  const pairs = header.split(';').map((pair) => pair.trim());
  const values = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
  return values.length === 1 ? values[0] : undefined;
}
