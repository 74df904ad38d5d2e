const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Schemes of editors that are agents. The system hands such an address to the one program that has taken the scheme. */
const EDITORS = new Set(['cursor:', 'vscode:', 'vscode-insiders:', 'windsurf:']);

const LONGEST = 2_000;

/** What a parser of addresses drops or rewrites: spaces, control characters, backslashes. Two that read such an address may differ. */
const REWRITTEN = /[\s\p{Cc}\\]/u;

/** A parser lets through `;` and `,`, which end a directive of the policy in which the consent page names the host. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * Whether a code may ever be sent there: this machine's loopback on any port (RFC 8252 section 7.3), an https address, which the consent page shows,
 * or an editor that is an agent. Never a scheme that a browser or a system gives a meaning of its own.
 */
export function allowedRedirect(uri: string): boolean {
  const url = uri.length <= LONGEST && !REWRITTEN.test(uri) ? URL.parse(uri) : null;
  // The mark of an empty fragment leaves no trace in `hash`.
  if (url === null || url.username || url.password || uri.includes('#') || !HOST.test(url.hostname)) return false;
  if (url.protocol === 'http:') return LOOPBACK.has(url.hostname);
  return url.protocol === 'https:' || EDITORS.has(url.protocol);
}
