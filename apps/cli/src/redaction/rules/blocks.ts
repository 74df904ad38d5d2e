import type { BlockRule } from '../secret-rule.ts';

/** Secrets of several lines, from the line that opens them on. */
export const BLOCK_RULES: readonly BlockRule[] = [
  {
    kind: 'private-key',
    keywords: ['private key', 'static key'],
    begin: String.raw`-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}(?:PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}`,
    end: String.raw`-{4,5} ?END (?:[A-Z0-9]+ ){0,3}(?:PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1) ?-{4,5}`,
    source: 'RFC 7468, RFC 4716, RFC 9580, OpenVPN',
  },
  {
    kind: 'private-key',
    keywords: ['ls0tls1crudjti'],
    begin: 'LS0tLS1CRUdJTi(?:BSU0EgUFJJV|BQUklWQVRF|BFQyBQUklWQV|BPUEVOU1NI|BFTkNSWVBURU|BEU0EgUFJJV|BQR1AgUFJJV)',
    end: '(?:LS0tLS1FTkQg|0tLS0tRU5EI|tLS0tLUVORC)[A-Za-z0-9+/=_-]*',
    source: 'RFC 7468 in base64, as Kubernetes keeps it; in lines, as base64(1) writes it',
  },
  {
    kind: 'putty-private-key',
    keywords: ['putty-user-key-file-', 'private-mac:', 'private-hash:'],
    begin: String.raw`PuTTY-User-Key-File-[0-9]`,
    end: String.raw`Private-(?:MAC|Hash): ?[0-9a-fA-F]*`,
    source: 'PuTTY manual, appendix on the PPK file format',
  },
];
