import type { MatchedGroups, SecretRule } from '../secret-rule.ts';
import { isPlainWord } from './plain-words.ts';

/** Whether the last group is no word that stands for a secret. */
export const notPlain = (groups: MatchedGroups): boolean =>
  !isPlainWord(groups.findLast((group) => group !== undefined) ?? '');

/** One word of a command line. */
export const WORD = String.raw`(?:'([^']+)|"([^"]+)|(\S+))`;

/** Up to an option, within one command. */
const UP_TO = String.raw`[^|;&\n]{0,256}?`;

function program(keyword: string, pattern: string, source = `${keyword}(1)`): SecretRule {
  return { kind: 'password', keywords: [keyword], pattern, accepts: notPlain, source };
}

/** `olga:word` in quotes or none, `:word`; and a token alone, as in `token:`. */
const USER = String.raw`(?:"([^\s:"]*):([^"]+)|'([^\s:']*):([^']+)|([^\s:"']*):([^\s"']+)|["']?([A-Za-z0-9_-]{12,}):["']?(?:\s|$))`;

/** `1000:1000`, `node:node`, `$(id -u):$(id -g)` are a user and a group, as `docker run -u` has them. */
function isLogin(groups: MatchedGroups): boolean {
  const [user, value = ''] = groups.slice(1).filter((group) => group !== undefined);
  return value === '' ? notPlain(groups) : notPlain(groups) && user !== value && !/^(?:[0-9]{1,6}$|\$\()/.test(value);
}

/** Credentials in the arguments of programs, as shells, traces and lists of processes show them. */
export const PROGRAM_PASSWORDS: readonly SecretRule[] = [
  {
    kind: 'password',
    keywords: ['curl'],
    pattern: String.raw`\bcurl\b[^|;&\n]*?\s(?:-[a-zA-Z]{0,8}[uU]\s{0,4}|--(?:proxy-)?user[ =])${USER}`,
    accepts: notPlain,
    source: 'curl(1)',
  },
  {
    kind: 'password',
    keywords: [' -u ', '--user', '--proxy-user'],
    pattern: String.raw`^\s{1,64}(?:-u\s{0,4}|--(?:proxy-)?user[ =])${USER}["']?\s{0,8}\\?$`,
    accepts: isLogin,
    source: 'curl(1), in a line of its own',
  },
  {
    kind: 'password',
    keywords: ['sshpass'],
    pattern: String.raw`sshpass\s{1,8}(?:-[a-oq-z]\s{1,8})?-p\s{0,8}${WORD}`,
    source: 'sshpass(1)',
  },
  {
    kind: 'password',
    keywords: ['mysql', 'mariadb'],
    pattern: String.raw`\b(?:mysql|mariadb)[a-z-]{0,16}\b[^|;&\n]*?\s-p(?:'([^']+)|"([^"]+)|([^\s|;&]+))`,
    source: 'mysql(1)',
  },
  {
    kind: 'cookie',
    keywords: ['curl'],
    pattern: String.raw`\bcurl\b[^|;&\n]*?\s(?:-b\s{0,4}|--cookie[ =])(?:"([^"=]+=[^"]+)|'([^'=]+=[^']+)|([^\s"'=]+=\S+))`,
    source: 'curl(1)',
  },
  {
    kind: 'password',
    keywords: ['curl'],
    pattern: String.raw`\bcurl\b[^|;&\n]*?\s(?:--oauth2-bearer|--pass|--proxy-pass)[ =]${WORD}`,
    source: 'curl(1)',
  },
  {
    kind: 'password',
    keywords: ['pass:'],
    pattern: String.raw`-pass(?:in|out)?[ =]pass:(\S+)`,
    source: 'openssl-passphrase-options(1)',
  },
  {
    kind: 'password',
    keywords: ['chpasswd'],
    pattern: String.raw`[\s"'][^\s:"'|]{1,64}:([^\s"'|]+)["']?\s{0,8}\|\s{0,8}(?:sudo\s{1,8})?chpasswd`,
    source: 'chpasswd(8)',
  },
  {
    kind: 'password',
    keywords: ['redis-cli'],
    pattern: String.raw`redis-cli\b[^|;&\n]*?\s-a\s{0,4}${WORD}`,
    source: 'redis-cli',
  },
  {
    kind: 'password',
    keywords: ['docker login'],
    pattern: String.raw`docker\s{1,8}login\b[^|;&\n]*?\s-p\s{0,4}${WORD}`,
    accepts: ([, , , value = '']) => !/^[0-9]{2,5}$/.test(value),
    source: 'docker login',
  },
  {
    kind: 'password',
    keywords: ['ldap'],
    pattern: String.raw`\bldap[a-z]{3,16}\b[^|;&\n]*?\s-w\s{0,4}${WORD}`,
    source: 'ldapsearch(1)',
  },
  program('rabbitmqctl', String.raw`\brabbitmqctl\s${UP_TO}(?:add_user|change_password)\s{1,8}\S{1,64}\s{1,8}(\S+)`),
  program('vault login', String.raw`\bvault\s{1,8}login\s{1,8}([^\s-]\S+)`),
  program('htpasswd', String.raw`\bhtpasswd\s{1,8}-\w{0,8}b\w{0,8}\s(?:\S{1,256}\s){1,2}(\S+)`),
  program('sqlcmd', String.raw`\bsqlcmd\b${UP_TO}\s-P\s{0,4}(\S+)`),
  program('ipmitool', String.raw`\bipmitool\b${UP_TO}\s-P\s{0,4}(\S+)`),
  program('mongo', String.raw`\bmongo(?:sh|dump|restore|export|import)?\b${UP_TO}\s-p\s{0,4}(\S+)`),
  program('smbclient', String.raw`\bsmbclient\b${UP_TO}\s-U\s{0,4}[^\s%]{1,64}%(\S+)`),
  program('sqlplus', String.raw`\bsqlplus\s(?:-\S{1,8}\s){0,4}[\w.]{1,64}/([^\s@]+)@`),
  program('chpasswd', String.raw`\bchpasswd\s{0,4}<<<\s{0,4}["']?[^\s:"']{1,64}:([^\s"']+)`),
  program('zip -', String.raw`\b(?:un)?zip\s(?:-${UP_TO}\s)?-P\s{0,4}${WORD}`),
  program('7z', String.raw`\b7z[ar]?\s{1,8}[a-z]\s${UP_TO}-p${WORD}`),
  program('rar ', String.raw`\b(?:un)?rar\s{1,8}[a-z]{1,2}\s(?:${UP_TO}\s)?-h?p([^\s-]\S*)`),
];
