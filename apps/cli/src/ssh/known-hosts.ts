import { matchesWildcard } from '../inventory/wildcard.ts';
import { hmacSha1 } from './hmac-sha1.ts';
import { fingerprint, keyType } from './host-key.ts';

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface KnownHostsLine {
  /** `@revoked`: the key is to be refused. `@cert-authority`: it certifies other keys, and is no host's own. */
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  readonly hosts: string;
  readonly type: string;
  readonly key: string;
}

/** What the files on record say of a host key. `changed`: other keys are on record for this host, but not this one. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

/** Where a server is looked up: `HostKeyAlias`, or its name and port. */
export interface HostKeyPlace {
  readonly host: string;
  readonly port: number;
  readonly alias?: string | undefined;
}

const DEFAULT_PORT = 22;

/** A line with a marker that is not known says nothing, as for ssh(1). */
function parseLine(line: string): KnownHostsLine | undefined {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, type, key] = words;
  if (!hosts || hosts.startsWith('#') || !type || !key) return undefined;
  if (marker === undefined) return { marker, hosts, type, key };
  const known = (['revoked', 'cert-authority'] as const).find((name) => marker === `@${name}`);
  return known && { marker: known, hosts, type, key };
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, as ssh-keygen -H writes it. */
function matchesHashed(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || !salt || !hash) return false;
  return hmacSha1(Buffer.from(salt, 'base64'), name) === hash;
}

/** A negated pattern that matches excludes the line, wherever it stands in the list. */
function matchesHosts(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHashed(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matchesWildcard(pattern.slice(1), name)) return false;
    } else if (matchesWildcard(pattern, name)) {
      matched = true;
    }
  }
  return matched;
}

/** The name under which OpenSSH records a host: in brackets with its port unless that is 22; an alias stands alone. */
export function recordedName({ host, port, alias }: HostKeyPlace): string {
  if (alias !== undefined) return alias.toLowerCase();
  return port === DEFAULT_PORT ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The host keys that the operator has on record, from one or more known_hosts files. */
export class KnownHosts {
  readonly #lines: readonly KnownHostsLine[];
  /** By name: each hashed line costs a hash for each name that is looked up. */
  readonly #found = new Map<string, readonly KnownHostsLine[]>();

  constructor(texts: readonly string[]) {
    this.#lines = texts.flatMap((text) => text.split('\n').map(parseLine)).filter((line) => line !== undefined);
  }

  check(place: HostKeyPlace, key: Buffer): HostKeyVerdict {
    const encoded = key.toString('base64');
    const type = keyType(key);
    const isKey = (line: KnownHostsLine) => line.type === type && line.key === encoded;
    const lines = this.#matching(recordedName(place));
    const atAnyPort = this.#matching(place.host.toLowerCase());
    if ([...lines, ...atAnyPort].some((line) => line.marker === 'revoked' && isKey(line))) return 'revoked';
    const onRecord = lines.filter((line) => line.marker === undefined);
    if (onRecord.some(isKey)) return 'known';
    if (onRecord.length > 0) return 'changed';
    // As ssh(1): a key recorded for the host without a port holds for its other ports too, but does not forbid other keys there.
    const isKnownHost = place.alias === undefined && atAnyPort.some((line) => line.marker === undefined && isKey(line));
    return isKnownHost ? 'known' : 'unknown';
  }

  /** Key types on record for a server: the ones to ask it for, so that a second key of its own does not look like a change. */
  keyTypes(place: HostKeyPlace): string[] {
    const lines = this.#matching(recordedName(place)).filter((line) => line.marker === undefined);
    return [...new Set(lines.map((line) => line.type))];
  }

  /** Whether nothing but certificate authorities is on record for a server: ssh2 knows no host certificates, ssh(1) does. */
  isCertifiedOnly(place: HostKeyPlace): boolean {
    const atAnyPort = place.alias === undefined ? this.#matching(place.host.toLowerCase()) : [];
    const lines = [...this.#matching(recordedName(place)), ...atAnyPort].filter((line) => line.marker !== 'revoked');
    return lines.length > 0 && lines.every((line) => line.marker === 'cert-authority');
  }

  /** Of the keys by which a server is known: its own, or, where it has none, those that `check` or ssh(1) accepts instead. */
  fingerprints(place: HostKeyPlace): string[] {
    const lines = this.#matching(recordedName(place)).filter((line) => line.marker !== 'revoked');
    const own = lines.filter((line) => line.marker === undefined);
    const atAnyPort = place.alias === undefined ? this.#matching(place.host.toLowerCase()) : [];
    const others = [...lines, ...atAnyPort.filter((line) => line.marker !== 'revoked')];
    return (own.length > 0 ? own : others).map((line) => fingerprint(Buffer.from(line.key, 'base64')));
  }

  #matching(name: string): readonly KnownHostsLine[] {
    const matching = this.#found.get(name) ?? this.#lines.filter((line) => matchesHosts(line.hosts, name));
    this.#found.set(name, matching);
    return matching;
  }
}
