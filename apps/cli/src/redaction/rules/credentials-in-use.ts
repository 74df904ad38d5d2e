import type { SecretRule } from '../secret-rule.ts';
import { isPlainWord } from './plain-words.ts';
import { notPlain, WORD } from './program-passwords.ts';

/** Whether an `@` ends what may be a name and a password: within a bound, since there may be many addresses in a line. */
function isSigned(bytes: Uint8Array, end: number): boolean {
  for (let at = end, last = end + 300; at < last; at++) {
    const byte = bytes[at] ?? 0x20;
    if (byte === 0x40) return true;
    if (byte <= 0x20 || byte === 0x22 || byte === 0x27 || byte === 0x3c || byte === 0x3e) return false;
  }
  return true;
}

/** Whether quotes or another word of the clause follow. */
function isQuoted(bytes: Uint8Array, end: number): boolean {
  let at = end;
  for (const last = end + 8; at < last && (bytes[at] ?? 0) === 0x20;) at++;
  return at > end && [0x5c, 0x22, 0x27, 0x62, 0x42, 0x77, 0x57].includes(bytes[at] ?? 0);
}

/** Between the name of a header and what it says. */
const GIVEN = String.raw`[\\"']{0,4}\s{0,8}[:=]\s{0,8}\[?[\\"'\x60]{0,4}`;

/**
 * Credentials where they are used: in addresses, headers and files of passwords. A pattern that reads on up to some word has nothing beside it:
 * an alternative that is found again and again would have all the rest of the line read each time.
 */
export const CREDENTIALS_IN_USE: readonly SecretRule[] = [
  {
    kind: 'connection-string',
    keywords: ['://'],
    isNear: isSigned,
    pattern: String.raw`(?i)\b(?:jdbc:)?(?:postgres(?:ql)?|mysqlx?|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|cassandra|nats|mqtts?|ldaps?|neo4j|bolt)(?:\+[a-z0-9]{1,16})?:\\?/\\?/[^\s:@"'<>]*:([^\s"'<>]+)@`,
    accepts: notPlain,
    source: 'RFC 3986 section 3.2.1',
  },
  {
    kind: 'url-password',
    keywords: ['://'],
    isNear: isSigned,
    pattern: String.raw`:\\?/\\?/[^\s/:@"'<>?#]*(?:@[^\s/:@"'<>?#]*)?:([^\s/"'<>?#]+)@`,
    accepts: notPlain,
    source: 'RFC 3986 section 3.2.1',
  },
  {
    kind: 'url-password',
    keywords: ['://'],
    isNear: isSigned,
    pattern: String.raw`:\\?/\\?/[A-Za-z0-9_.%+-]{1,64}:([^\s"'<>@,/?#]{0,128}[#/?][^\s"'<>@,]{0,128})@[A-Za-z0-9[]`,
    accepts: ([, value = '']) => !/^[0-9]{1,5}(?:[/?#]|$)/.test(value),
    source: 'passwords that nobody has encoded',
  },
  {
    kind: 'url-password',
    keywords: ['://'],
    isNear: isSigned,
    pattern: String.raw`https?:\\?/\\?/([A-Za-z0-9_-]{24,})@`,
    source: 'tokens as names of users, as git takes them',
  },
  {
    kind: 'url-password',
    keywords: [':x-oauth-basic@'],
    pattern: String.raw`:\\?/\\?/([^\s/:@"'<>]+:x-oauth-basic)@`,
    source: 'GitHub, a token as the name of the user',
  },
  {
    kind: 'connection-string',
    keywords: ['@tcp(', '@unix('],
    pattern: String.raw`[\w.-]{1,64}:([^\s"'@]+)@(?:tcp|unix)\(`,
    accepts: notPlain,
    source: 'go-sql-driver, data source names',
  },
  {
    kind: 'authorization-header',
    keywords: ['authorization'],
    pattern: String.raw`(?i)authorization${GIVEN}(?:aws4-hmac-sha256|digest)\s[^\n]*?(?:signature|response)="?([a-z0-9]{16,})`,
    source: 'RFC 7616, AWS Signature Version 4',
  },
  {
    kind: 'authorization-header',
    keywords: ['authorization'],
    pattern: String.raw`(?i)authorization${GIVEN}basic\s{1,8}([a-z0-9+/]{2,}={0,2})`,
    accepts: ([, value = '']) => value.length % 4 === 0 && !isPlainWord(value),
    source: 'RFC 7617',
  },
  {
    kind: 'authorization-header',
    keywords: ['authorization'],
    pattern: String.raw`(?i)authorization${GIVEN}(?:([a-z][a-z0-9-]{1,20})\s{1,8})?([^\s"'\\]{6,})`,
    accepts: ([, scheme = '', value = '']) =>
      !isPlainWord(value) && !(/^(?:aws4-hmac-sha256|digest)$/i.test(scheme) && /^\w{1,16}=/.test(value)),
    source: 'RFC 9110 section 11.6.2',
  },
  {
    kind: 'authorization-header',
    keywords: ['bearer ', 'basic '],
    pattern: String.raw`(?i)\b(?:bearer|basic)\s{1,8}([a-z0-9._~+/=-]{16,})`,
    accepts: (groups) => /[0-9A-Z=]/.test(groups[1] ?? '') && /[0-9=]|[a-z][A-Z]/.test(groups[1] ?? ''),
    source: 'RFC 6750, RFC 7617',
  },
  {
    kind: 'authorization-header',
    keywords: ['proxy_set_header', 'requestheader', 'add_header', 'fastcgi_param', 'set $'],
    pattern: String.raw`(?i)(?:(?:proxy_set_|add_)header|requestheader\s{1,8}(?:set|add|append)|fastcgi_param|\bset)\s{1,8}"?\$?(?:[\w-]*(?:key|token|secret|password|passwd)|(?:proxy-)?authorization|cookie)"?\s{1,8}(?:"([^"]+)"|'([^']+)'|([^\s;"']+))`,
    accepts: notPlain,
    source: 'nginx, ngx_http_proxy_module; Apache, mod_headers',
  },
  {
    kind: 'snmp-community',
    keywords: ['community', 'com2sec'],
    pattern: String.raw`(?i)(?:^\s{0,64}(?:ro|rw|trap)community6?\s{1,8}|\bsnmp(?:-server)?\s{1,8}community\s{1,8}|^\s{0,64}com2sec6?\s{1,8}(?:-Cn\s\S{1,64}\s)?\S{1,64}\s{1,8}\S{1,64}\s{1,8}|\bsnmp-server\s{1,8}host\s[^\n]{0,128}?\sversion\s{1,8}(?:1|2c)\s{1,8})(?:"([^"]+)"|([^\s"]+))`,
    accepts: notPlain,
    source: 'snmpd.conf(5), configuration of switches',
  },
  {
    kind: 'snmp-community',
    keywords: ['snmp'],
    pattern: String.raw`\bsnmp(?:b?walk|b?get|getnext|set|b?ulkwalk|bulkget|table|trap|df|status)\b[^|;&\n]{0,256}?\s-[cAX]\s{0,4}${WORD}`,
    source: 'snmpcmd(1)',
  },
  {
    kind: 'snmp-community',
    keywords: ['createuser'],
    pattern: String.raw`(?i)\bcreateuser\s{1,8}\S{1,64}\s{1,8}(?:md5|sha\S{0,4})\s{1,8}(\S+(?:\s{1,8}(?:des|aes)\S{0,4}\s{1,8}\S+)?)`,
    source: 'snmpd.conf(5)',
  },
  {
    kind: 'cookie',
    keywords: ['cookie'],
    pattern: String.raw`(?i)\b(?:set-)?cookie2?[\\"']{0,4}\s{0,8}:\s{0,8}\[?[\\"']{0,4}([a-z0-9!#$%&*+.^_|~-]{1,128}=[^\n"']{4,})`,
    source: 'RFC 6265 section 4',
  },
  {
    kind: 'netrc-password',
    keywords: ['machine', 'login'],
    pattern: String.raw`(?:machine\s{1,8}\S+|default)\s{1,8}login\s{1,8}\S+\s{1,8}(?:account\s{1,8}\S+\s{1,8})?password\s{1,8}(\S+)`,
    source: 'netrc(5)',
  },
  {
    kind: 'pgpass-password',
    keywords: [':5432:', ':5433:', ':6432:', ':*:'],
    pattern: String.raw`^(?:[^:\\\s]|\\.)+:(?:[0-9]{2,5}|\*):(?:[^:\\\s]|\\.){1,64}:(?:[^:\\\s]|\\.){1,64}:((?:[^:\\\s]|\\.)+)$`,
    source: 'PostgreSQL, the password file',
  },
  {
    kind: 'password',
    keywords: [': psk', ': eap', ': xauth', ': ntlm', ': pin', ': rsa', ': ecdsa', ': pkcs', ': p12'],
    pattern: String.raw`^[^:"]{0,256}:\s{1,8}(?:(?:PSK|EAP|XAUTH|NTLM|PIN|RSA|ECDSA|PKCS8|PKCS12|P12)\s{1,8}(?:[^\s":]{1,256}\s{1,8})?"([^"]+)"|(?:PSK|EAP|XAUTH|NTLM|PIN)\s{1,8}([^\s"%:]{3,})\s{0,8}$)`,
    accepts: notPlain,
    source: 'ipsec.secrets(5)',
  },
  {
    kind: 'password',
    keywords: ['identified by'],
    pattern: String.raw`(?i)(?:\b(?:create|alter)\s{1,8}(?:user|role)\s[^\n;]{0,256}?|\b(?:grant|connect)\s[^\n;]{0,256}?\bto\s[^\n;]{0,128}?)\bidentified\s{1,8}by\s{1,8}([^\s'";]{3,})|^\s{0,64}identified\s{1,8}by\s{1,8}([^\s'";]{3,})\s{0,8}(?:;|$|(?:default|temporary|profile|quota|account|replace|container)\s)`,
    accepts: notPlain,
    source: 'Oracle, CREATE USER',
  },
  {
    kind: 'password',
    keywords: ['set password'],
    pattern: String.raw`(?i)\bset\s{1,8}password\s{1,8}(?:for\s{1,8}\S{1,128}\s{1,8})?=\s{0,8}(?:password\()?'([^']+)'`,
    source: 'MySQL, SET PASSWORD',
  },
  {
    kind: 'password',
    keywords: ['password', 'identified'],
    isNear: isQuoted,
    pattern: String.raw`(?i)\b(?:password|identified\s{1,8}(?:with\s{1,8}\S{1,64}\s{1,8})?by(?:\s{1,8}password)?)\s{1,8}\\?['"]([^'"\\]+)\\?['"]`,
    accepts: notPlain,
    source: 'SQL, CREATE and ALTER USER',
  },
];
