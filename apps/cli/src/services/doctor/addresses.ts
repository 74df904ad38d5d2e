import { isIP } from 'node:net';
import type { Finding } from './finding.ts';

const HIDDEN = '(address)';
const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/giu;
/** Whatever could be an IP address; `isIP` decides. A port may follow the first of them. */
const LIKE_IPS = [/(?:\d{1,3}\.){3}\d{1,3}/gu, /[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:]/gu];

function hide(text: string): string {
  const hideIps = (rest: string, likeAnIp: RegExp): string =>
    rest.replace(likeAnIp, (found) => (isIP(found) === 0 ? found : HIDDEN));
  return LIKE_IPS.reduce(hideIps, text.replace(URLS, HIDDEN));
}

/** Findings as they may be shown to anybody: servers by their names, and nothing by its address. */
export function withoutAddresses(finding: Finding): Finding {
  const { what, todo } = finding;
  return { ...finding, what: hide(what), todo: todo === null ? null : hide(todo), detail: null };
}
