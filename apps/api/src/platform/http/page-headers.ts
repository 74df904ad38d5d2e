/** Host sources of a policy have no form for these addresses (CSP Level 3, section 2.3.1), so that only their scheme is left to name. */
const IPV6_HOST = /^\[/;

/**
 * Headers of a page for people, over those that every answer has: no script, nothing from elsewhere, in nobody's frame.
 * @param redirectUri where a form of the page may end. Chromium holds redirects after a form to `form-action` as well, so that without it the way
 *   back to the client is blocked.
 */
export function pageHeaders(redirectUri: string | null = null): ReadonlyMap<string, string> {
  const targets = redirectUri === null ? "'self'" : `'self' ${formTarget(redirectUri)}`;
  const policy = `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${targets}; frame-ancestors 'none'; base-uri 'none'`;
  return new Map([
    ['Content-Security-Policy', policy],
    ['X-Frame-Options', 'DENY'],
    // Under `no-referrer`, browsers send `Origin: null` with a form, which cannot be told from a stranger's.
    ['Referrer-Policy', 'same-origin'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cache-Control', 'no-store'],
  ]);
}

/** The origin of a web address, or the scheme of an application. Never any text of the URI that could end the directive. */
function formTarget(uri: string): string {
  const { protocol, origin, hostname } = new URL(uri);
  const web = protocol === 'https:' || protocol === 'http:';
  return web && !IPV6_HOST.test(hostname) ? origin : protocol;
}
