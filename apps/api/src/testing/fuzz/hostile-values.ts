import type { Chance } from '../../modules/auth/testing/chance.ts';
import { JUNK } from '../../modules/auth/testing/hostile-requests.ts';

/** What somebody sends who wants a parser, a database or a log to trip. */

/** Such as a parser takes, and a database or a calendar does not. */
const INSTANTS = [
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59.999Z',
  '-000001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999999999+23:59',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-30T00:00:00Z',
  '2016-12-31T23:59:60Z',
];

const TEXTS = [
  ...JUNK,
  ...INSTANTS,
  'constructor',
  'toString',
  '\ud800',
  'a\nb\r\nSet-Cookie: x=1',
  '\u001b[31m',
  '9'.repeat(15),
  '9'.repeat(400),
  '2147483648',
  '9223372036854775808',
  '00000000-0000-0000-0000-000000000000',
  'alice/web-*',
  '$(id)',
  '"*"',
  'x'.repeat(100_000),
];

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  -0,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  [],
  {},
  [[[[[[]]]]]],
  ['a', null, 1],
  { id: 1 },
  { toString: 'x', valueOf: null },
  { $ne: null },
];

export function hostileText(chance: Chance): string {
  return chance.pick(TEXTS);
}

export function hostileValue(chance: Chance): unknown {
  return chance.happens(0.5) ? hostileText(chance) : chance.pick(VALUES);
}

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  ' ',
  'id',
  'version',
  'admin',
  '\u0000',
  '$where',
];
const DEEP = 5_000;
const LARGE = 5 * 1024 * 1024;

/** The JSON of a body with something wrong in it. */
export function hostileJson(chance: Chance, body: unknown): string | Buffer {
  return chance.pick(SPOILERS)(chance, body);
}

type Spoiler = (chance: Chance, body: unknown) => string | Buffer;

const within: Spoiler = (chance, body) => JSON.stringify(spoiled(chance, body));

const SPOILERS: readonly Spoiler[] = [
  within,
  within,
  within,
  within,
  within,
  (chance, body) => withMember(body, chance.pick(NAMES), hostileValue(chance)),
  (chance, body) => withMember(body, Object.keys(body ?? {})[0] ?? 'a', hostileValue(chance)),
  (chance) => JSON.stringify(hostileValue(chance)),
  (chance, body) => JSON.stringify(body).slice(0, Math.floor(chance.next() * 50)),
  () => '['.repeat(DEEP) + ']'.repeat(DEEP),
  () => `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
  (_, body) =>
    Buffer.concat([Buffer.from(JSON.stringify(body).slice(0, -1)), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x7d])]),
  (_, body) => `\ufeff${JSON.stringify(body)}`,
  (_, body) => JSON.stringify(body).replaceAll(/"[^"]{1,20}"(?!:)/g, '"\\ud800\\u0000"'),
  (chance) => (chance.happens(0.1) ? `{"a":"${'x'.repeat(LARGE)}"}` : ''),
];

/** As text: a member that stands there twice, or is called `__proto__`, is lost in an object. */
function withMember(body: unknown, name: string, value: unknown): string {
  const text = JSON.stringify(body);
  const more = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return text.endsWith('{}') ? `{${more}}` : text.replace(/\}$/, `,${more}}`);
}

/** A cursor with something wrong in it. @param cursor one that was given out, of that list or of another; undefined for none */
export function hostileCursor(chance: Chance, cursor: string | undefined): string {
  const place: unknown =
    cursor === undefined ? [hostileValue(chance)] : JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return Buffer.from(JSON.stringify(spoiled(chance, place))).toString('base64url');
}

/** With one part replaced, or gone. */
function spoiled(chance: Chance, value: unknown): unknown {
  const isParent = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (isInstant(value) && chance.happens(0.8)) return chance.pick(INSTANTS);
  if (!isParent || chance.happens(0.2)) return hostileValue(chance);
  const name = chance.pick(Object.keys(value));
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (chance.happens(0.2)) delete copy[name];
  else copy[name] = spoiled(chance, copy[name]);
  return copy;
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value);
}
