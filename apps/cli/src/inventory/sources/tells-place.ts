import { isIP } from 'node:net';
import type { FoundServer } from '@servonaut/plugin-sdk';

/** Not a part of a longer row of numbers, as a version may be. */
const IPV4 = /(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g;

/** What an IPv6 address is written in, without a colon that ends a word or follows one. */
const IPV6 = /(?:::|[\da-f])[\da-f:]*(?:::|[\da-f])/gi;

/** As clouds and people write an address into names, `ip-10-0-0-5` or `web_10_0_0_5`, wherever in a row of numbers. */
const JOINED_IPV4 = /(?<!\d)(?=(\d{1,3}(?:[-_]\d{1,3}){3})(?!\d))/g;

/** The same in one number: `ip-0a000005`, `0x0a000005`. */
const HEX_IPV4 = /(?<![a-z\d])(?:0x|ip[-_]?)[\da-f]{8}(?![a-z\d])/i;

/** Three parts, or two of which the last is one that networks use within themselves: `node.js` and `t3.micro` are none. */
const DNS_NAME =
  /(?<![\w.-])(?:(?:[a-z\d_][\w-]*\.){2,}(?:[a-z]{2,}|xn--[a-z\d-]+)|[a-z\d_][\w-]*\.(?:corp|home|internal|intranet|lan|local|localdomain|private))(?![\w-])/i;

/** Absolute, or from a home folder. */
const PATH = /(?<![^\s"'(,:;=])(?:~?\/|[A-Z]:\\)[^\s/]/i;

const URL = /[a-z]:\/\//i;

function holdsAddress(text: string): boolean {
  if (isIP(text) || HEX_IPV4.test(text)) return true;
  for (const [, joined = ''] of text.matchAll(JOINED_IPV4)) if (isIP(joined.replaceAll(/[-_]/g, '.'))) return true;
  if (text.match(IPV4)?.some((address) => isIP(address))) return true;
  // Without a digit it is rather two words: `web::db`.
  return text.match(IPV6)?.some((address) => isIP(address) && /\d/.test(address)) ?? false;
}

/** Whether a text tells where a machine is: it is or holds an address, whose ever, or the name by which this server is reached. */
export function tellsPlace(text: string, { host }: Pick<FoundServer, 'host'>): boolean {
  if (holdsAddress(text)) return true;
  if (host === undefined || !/[.:]/.test(host)) return false;
  if (text.toLowerCase().includes(host.toLowerCase())) return true;
  return isIP(host) > 0 && text.includes(host.replaceAll(/[.:]/g, '-'));
}

/** Whether a text has the look of a URL, a path of a file or, unless those may be known, a name in DNS, whose ever. */
export function looksLikePlace(text: string, mayNameDns: boolean): boolean {
  return URL.test(text) || PATH.test(text) || (!mayNameDns && DNS_NAME.test(text));
}
