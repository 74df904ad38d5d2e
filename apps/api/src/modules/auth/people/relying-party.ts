import { isIP } from 'node:net';

/** Whom a passkey is for (WebAuthn Level 3 section 4), as far as a browser will have it. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
}

/**
 * Null where browsers make no passkeys: at an IP address, since an RP ID is a name of the DNS, and over http, but for this same machine
 * (WebAuthn Level 3 sections 5.1.3 and 13.4.9).
 */
export function relyingParty(publicUrl: string): RelyingParty | null {
  const { protocol, hostname, origin } = new URL(publicUrl);
  const secure = protocol === 'https:' || hostname === 'localhost';
  const named = isIP(hostname) === 0 && !hostname.startsWith('[');
  return secure && named ? { id: hostname, origin } : null;
}
