import { describe, expect, it } from '@jest/globals';
import { serverEntrySchema } from '@servonaut/contracts';
import type { FoundServer } from '@servonaut/plugin-sdk';
import fc from 'fast-check';
import { fitServers } from './fit-servers.ts';
import type { SourceEntry } from './source-entry.ts';

const entry = (changes: Partial<SourceEntry> = {}): SourceEntry => ({
  name: 'aws',
  kind: 'aws',
  prefix: '',
  labels: {},
  dnsNames: false,
  place: {},
  options: {},
  ...changes,
});
const found = (name: string, place: Partial<FoundServer> = {}): FoundServer => ({
  name,
  labels: {},
  host: '192.0.2.1',
  ...place,
});
const names = (servers: FoundServer[], changes?: Partial<SourceEntry>) =>
  fitServers(entry(changes), servers).servers.map(({ name }) => name);

describe('the name of a server that a source found', () => {
  it.each([
    ['web-1', 'web-1'],
    ['web 1', 'web-1'],
    ['Büro / web 1', 'B-ro-web-1'],
    ['--web-1', 'web-1'],
    ['web (old)', 'web-old'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ])('%j is made %s', (name, fit) => expect(names([found(name)])).toEqual([fit]));

  it('begins with the prefix', () => {
    expect(names([found('web-1'), found('.1')], { prefix: 'prod-' })).toEqual(['prod-web-1', 'prod-.1']);
  });

  it('is nobody’s when two would have it, and both are named', () => {
    const { servers, warnings } = fitServers(entry(), [found('web 1'), found('web/1'), found('db-1')]);
    expect(servers.map(({ name }) => name)).toEqual(['db-1']);
    expect(warnings).toEqual(['aws: "web 1", "web/1" would all be web-1, so none of them is offered.']);
  });

  it.each([
    ['', {}, /no name/],
    ['***', {}, /no name/],
    ['192.0.2.7', { host: undefined }, /addresses: "192\.0\.2\.7"/],
    ['2001:db8::1', {}, /addresses/],
    ['ip-10-0-0-5', { host: '10.0.0.5' }, /addresses/],
    ['web-10.0.0.5', { host: '10.0.0.5' }, /addresses/],
    ['web-192-0-2-1', {}, /addresses/],
    ['ip-10-0-0-5.internal', {}, /addresses/],
    ['old 10.0.0.5', {}, /addresses/],
    ['web-10-0-0-5', {}, /addresses/],
    ['node_10_0_0_6', {}, /addresses/],
    ['kube-ip10-1-2-3', {}, /addresses/],
    ['web-3-10-0-0-5', {}, /addresses/],
    ['ip-0a000005', {}, /addresses/],
    ['db1.prod.corp.example.com', {}, /DNS \(dns_names: true/],
    ['db1.internal', {}, /DNS/],
    ['https://db1/', {}, /addresses/],
    ['web.example.com', { host: undefined }, /DNS \(dns_names: true/],
    ['web.example.com', { host: 'WEB.example.com' }, /DNS/],
    ['old web.example.com', { host: 'web.example.com' }, /addresses/],
    ['old WEB.example.com', { host: 'web.example.com' }, /addresses/],
    ['web 2001:db8::1', {}, /addresses/],
    ['web 1', { host: undefined }, /no host/],
    ['$(id)', { host: undefined }, /no host/],
  ])('%j is not told when that would tell too much or nothing', (name, place, warning) => {
    const given = { ...found(name), ...place } as FoundServer;
    const { servers, warnings } = fitServers(entry(), [given]);
    expect(servers).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('may be one of DNS when the operator says so, and never an address', () => {
    const given = [
      found('web.example.com', { host: 'web.example.com' }),
      found('db.example.com'),
      ...['192.0.2.7', '10-0-0-5.example.com', 'https://db1/'].map((name) => found(name)),
    ];
    expect(names(given, { dnsNames: true })).toEqual(['web.example.com', 'db.example.com']);
  });

  it('may have numbers that are no address', () => {
    const fine = ['web-1-2-3', 'db-2024-01-02-03-04', 'v1-300-2-3', 'node.js', 'b-0a000005'];
    expect(names(fine.map((name) => found(name)))).toEqual(fine);
  });
});

it('is reached as the entry says where the source does not', () => {
  const place = { user: 'deploy', port: 2222, identityFile: '~/k', jump: 'bastion' };
  const { servers } = fitServers(entry({ place }), [found('web-1'), found('web-2', { user: 'root' })]);
  expect(servers).toMatchObject([
    { host: '192.0.2.1', ...place },
    { ...place, user: 'root' },
  ]);
});

describe('the labels of a server that a source found', () => {
  const labels = (given: Record<string, string>, changes?: Partial<SourceEntry>) =>
    fitServers(entry(changes), [found('web-1', { labels: given })]).servers[0]?.labels;

  it('are made fit, and those of the operator win', () => {
    const given = { 'Cost Center': 'a\nb', role: 'web', long: 'x'.repeat(200) };
    expect(labels(given, { labels: { role: 'db', source: 'aws' } })).toEqual({
      role: 'db',
      source: 'aws',
      Cost_Center: 'a b',
      long: 'x'.repeat(128),
    });
  });

  it('tell no address', () => {
    const given = {
      a: '10.1.2.3',
      b: 'at 192.0.2.1',
      c: 'ip-192-0-2-1.internal',
      d: '2001:db8::1',
      e: 'fine',
      f: 'was 10.1.2.3',
      g: '1.2.3',
      h: '300.1.2.3',
    };
    const { servers, warnings } = fitServers(entry(), [found('web-1', { labels: given })]);
    expect(servers[0]?.labels).toEqual({ e: 'fine', g: '1.2.3', h: '300.1.2.3' });
    expect(warnings).toEqual(['aws: 5 labels left out: they are addresses, names in DNS or paths, or one too many.']);
  });

  it.each([
    'https://[2001:db8::5]/',
    '2001:db8::1/64',
    'ip:2001:db8::1',
    '[fe80::1%eth0]:22',
    '::ffff:192.0.2.1',
    '2001:db8:0:0:0:0:0:1,x',
    'it is 192.0.2.1.',
    '192.0.2.1:22',
    `${'x'.repeat(120)} 192.0.2.1`,
    'db01.corp.example.com',
    'at db01.example.com.',
    'büro.example.com:443',
    'web.xn--p1ai.xn--p1ai',
    'db01.internal',
    'db01.local/x',
    'https://db01/x',
    '/home/ops/.ssh/prod.pem',
    '~/.ssh/prod.pem',
    'key=/home/ops/prod.pem',
    'C:\\keys\\prod.pem',
    '10-0-0-5',
    'ip_10_0_0_9',
    '0x0a000001',
  ])('do not tell %j', (value) => expect(labels({ a: value })).toEqual({}));

  it('do not tell an address by a key, either', () => {
    expect(labels({ '2001:db8::1': 'x', 'at 192.0.2.1.': 'x' })).toEqual({});
  });

  it('tell what only looks a little like a place', () => {
    const values =
      'node.js t3.micro v1.2.3 1.2.3.4.5 web/api a/b 12:30:00 00:1b:44:11:3a:b7 web::db ann@example.com /'.split(' ');
    const given = Object.fromEntries(
      [...values, 'a / b', 'v1.x at node.js'].map((value, index) => [`k${index}`, value]),
    );
    expect(labels(given)).toEqual(given);
    expect(labels({ 'app.kubernetes.io/name': 'x' })).toEqual({ 'app.kubernetes.io/name': 'x' });
  });

  it('may hold names in DNS when the operator says so, and still no address', () => {
    const given = { a: 'db01.corp.example.com', b: 'https://db01/', c: '192.0.2.1' };
    expect(labels(given, { dnsNames: true })).toEqual({ a: 'db01.corp.example.com' });
  });

  it('are no more than there may be', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, 'x']));
    expect(Object.keys(labels(many, { labels: { own: 'x' } }) ?? {})).toHaveLength(32);
  });
});

it('whatever a source finds, is offered under names and labels that the wire takes, each name once', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('web 1', 'web/1', '__proto__'));
  const server = fc.record({
    name: text,
    labels: fc.dictionary(
      text.filter((key) => key !== ''),
      text,
      { maxKeys: 40 },
    ),
    host: fc.option(fc.constantFrom('192.0.2.1', 'web.example.com'), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(server, { maxLength: 6 }), (servers) => {
      const fits = fitServers(entry(), servers).servers;
      for (const { name, labels } of fits) serverEntrySchema.parse({ name, labels });
      expect(new Set(fits.map(({ name }) => name)).size).toBe(fits.length);
    }),
    { numRuns: 500 },
  );
});
