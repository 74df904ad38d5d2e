import { expect, it } from '@jest/globals';
import { Redactor } from './redactor.ts';
import { charactersLookedAt } from './testing/characters-looked-at.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
/** Below, RE2 chooses among several ways by the length of the text, so that the double may cost more than twice. */
const LENGTH = 16_000;
/** Where a text begins and ends is looked at, too. */
const MOST = 2.1;

/** Over and over: what each reader is asked most by. */
const WORST = {
  names: ['password=', 'token: ', 'token ', 'password="', String.raw`token \"`, String.raw`token: '\\`, '/token=', ';pwd=a '],
  signs: ['password>', 'password> ', '<password> a ', 'password | ', '| password ', 'token string =', 'set("token", ', 'password=$('],
  lists: ['{password: ', '(password=a,', '"password":["a",', `password="${'!'.repeat(4_000)}a"`, 'token_expir-=x1y2z3 ', 'name: password value: '],
  blocks: ['password:\n', 'password: |\n  a\n', '- password:\n  - a\n', 'password = """\n', 'name: password\n', 'stringData:\n  a: b\n'],
  manifests: ['apiVersion: v1\n', 'apiVersion: v1\nkind: Secret\ndata:\n  a: YWJjZGVm\n', '<key>password</key>\n', '"apiVersion":"v1","kind":"Secret","data":{"a":'],
  keys: ['-----BEGIN PRIVATE KEY', '-----END PRIVATE KEY-----', `${'QUJD'.repeat(16)}\n-----END PRIVATE KEY-----\n`],
  addresses: ['://a:', 'https://a:b#', 'cookie: a=bcde"', 'authorization: digest aaaaaaaa ', 'authorization: basic ', 'bearer '],
  programs: ['mysql -px curl -u a:b ', ' -u a:', 'redis-cli docker login -px ldapsearch -wx ', 'snmpwalk x ', 'rabbitmqctl x ', '7z a x ', 'zip - ', 'unrar x '],
  others: ['create user a identified by ', 'grant a to b identified by ', ': psk x ', 'machine a login ', 'sk-', 'eyJ.', 'xoxb-', 'discord '],
  terminals: ['token=a\r', '\u001b[0mtoken=\b', '\u001b[0mtoken=\n'],
}; // prettier-ignore

it.each(Object.values(WORST).flat())('looks twice as often at twice as much of %j', (worst) => {
  const text = (length: number): string => `${worst.repeat(Math.ceil(length / worst.length)).slice(0, length)}\n`;
  const cost = (length: number): number => charactersLookedAt(() => redactor.redact(text(length)));
  cost(LENGTH);
  expect(cost(2 * LENGTH) / cost(LENGTH)).toBeLessThan(MOST);
});

it('tells what looks at all of the rest again and again', () => {
  const again = (length: number) => (): void => {
    for (let at = 0; at < length; at++) /[xz]/.test('y'.repeat(length - at));
  };
  expect(charactersLookedAt(again(1_000)) / charactersLookedAt(again(500))).toBeGreaterThan(3.5);
});
