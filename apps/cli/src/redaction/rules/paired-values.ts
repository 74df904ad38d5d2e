import type { SecretRule } from '../secret-rule.ts';
import { isNamed, looksMade, NAME, QUOTED } from './named-values.ts';

const valueOf = (values: readonly (string | undefined)[]): string => values.find((value) => value !== undefined) ?? '';

/** Values whose names stand elsewhere than before a sign, or are no names of secrets by themselves. */
export const PAIRED_VALUES: readonly SecretRule[] = [
  {
    kind: 'named-secret',
    keywords: ['value"', "value'", 'value=', 'value:'],
    pattern: String.raw`(?i)\b(?:name|key)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(${NAME})\\?["']?[,\s]{1,4}\\?["']?value\\?["']?\s{0,4}[:=]\s{0,4}(?:${QUOTED}|([^\s"',}]+))`,
    accepts: ([, name = '', ...values]) => isNamed(name, valueOf(values)),
    source: 'environments in JSON, properties in XML',
  },
  {
    kind: 'named-secret',
    keywords: ['define('],
    pattern: String.raw`(?i)define\(\s{0,4}["'](?:${NAME}|\w*_(?:key|salt))["']\s{0,4},\s{0,4}(?:${QUOTED})`,
    source: 'PHP, define(); wp-config.php',
  },
  {
    kind: 'named-secret',
    keywords: ['pass=', 'pass:', 'pass"', "pass'", 'pass ='],
    pattern: String.raw`(?i)(?:^|[\s{,;"'])(pass)["']?\s{0,4}([:=])\s{0,4}(?:${QUOTED}|([^\s"',;&}]+))`,
    accepts: ([, name = '', sign, ...values]) => {
      const bare = values.at(-1);
      return isNamed(name, valueOf(values)) && (bare === undefined || sign === '=' || looksMade(bare));
    },
    source: 'settings of programs that send mail, and of databases',
  },
  {
    kind: 'named-secret',
    keywords: ['env ', 'arg ', 'setenv', 'fastcgi_param'],
    pattern: String.raw`(?i)^\s{0,64}(?:env|arg|setenv|fastcgi_param)\s{1,8}(${NAME})\s{1,8}(\S[^\n]*)$`,
    accepts: ([, name = '', value = '']) => isNamed(name, value),
    source: 'Dockerfile, Apache mod_env, nginx',
  },
  {
    kind: 'named-secret',
    keywords: ['requirepass', 'masterauth', 'bindpw', 'rootpw', 'psk', 'authtok'],
    pattern: String.raw`^\s{0,64}(?:requirepass|masterauth|bindpw|(?:olc)?rootpw|ldap_default_authtok|(?:wpa-)?psk|wpa_passphrase)(?:\s{0,8}=\s{0,8}|:?\s{1,8})(?:"([^"]+)|([^\s"]+))`,
    accepts: ([, ...values]) => isNamed('pass', valueOf(values)),
    source: 'redis.conf, ldap.conf(5), slapd.conf(5), sssd-ldap(5), wpa_supplicant.conf(5)',
  },
  {
    kind: 'named-secret',
    keywords: ['key=base64:'],
    pattern: String.raw`(?i)key=base64:([a-z0-9+/]{40,}={0,2})`,
    source: 'Laravel, APP_KEY',
  },
  {
    kind: 'named-secret',
    keywords: ['"d"', '"p"', '"q"', '"dp"', '"dq"', '"qi"', '"k"', '"d\\"', '"k\\"'],
    pattern: String.raw`"(?:d|p|q|dp|dq|qi|k)\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9_-]{40,})\\?"`,
    source: 'RFC 7518 section 6, JSON Web Keys',
  },
];
