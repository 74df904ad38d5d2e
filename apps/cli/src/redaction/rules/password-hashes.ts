import type { SecretRule } from '../secret-rule.ts';

/** What passwords are kept as: whoever has them can guess as fast as their machine does. */
export const PASSWORD_HASHES: readonly SecretRule[] = [
  {
    kind: 'password-hash',
    keywords: [
      '$1$',
      '$5$',
      '$6$',
      '$7$',
      '$y$',
      '$gy$',
      '$2a$',
      '$2b$',
      '$2x$',
      '$2y$',
      '$apr1$',
      '$argon2',
      '$scrypt$',
      '$pbkdf2',
      'pbkdf2_sha',
    ],
    pattern: String.raw`(\$(?:[1567y]|gy|2[abxy]|apr1|argon2(?:id|i|d)|scrypt|pbkdf2-?[a-z0-9-]{0,12})\$[A-Za-z0-9./,=+$-]{16,})|(pbkdf2_sha[0-9]{1,3}\$[A-Za-z0-9./,=+$-]{20,})`,
    source: 'crypt(5), PHC string format',
  },
  {
    kind: 'password-hash',
    keywords: ['{ssha', '{sha', '{smd5}', '{crypt}', '{pbkdf2'],
    pattern: String.raw`\{(?:SSHA|SHA|SMD5|CRYPT|PBKDF2)[A-Z0-9-]{0,8}\}([A-Za-z0-9+/=$.]{16,})`,
    source: 'RFC 2307, OpenLDAP',
  },
  {
    kind: 'password-hash',
    keywords: ['scram-sha-'],
    pattern: String.raw`SCRAM-SHA-[0-9]{1,3}\$[0-9]{1,9}:[A-Za-z0-9+/=]{8,}\$[A-Za-z0-9+/=:]{20,}`,
    source: 'PostgreSQL, pg_authid',
  },
];
