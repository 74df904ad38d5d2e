import { expect, it } from '@jest/globals';
import { inventoryEntries } from './inventory-entries.ts';
import type { FittedServer } from './sources/fit-servers.ts';
import type { SourceState } from './sources/found-servers.ts';

const state = (name: string, servers: readonly FittedServer[]): SourceState => ({
  name,
  kind: name,
  listedAt: new Date(0),
  failure: null,
  warnings: [],
  servers: new Map(servers.map((server) => [server.name, server])),
});
const found = (name: string): FittedServer => ({ name, asked: name, host: '192.0.2.1', labels: {} });
const NOTHING = { inServersFile: [], sshNames: [], sshAliases: [], sources: [] };

it('an inventory has no more servers than a coordinator takes, and says how many are left out', () => {
  const many = Array.from({ length: 2_001 }, (_, index) => found(`web-${index}`));
  const own = [{ name: 'own', labels: {} }];
  const { entries, warnings } = inventoryEntries({ ...NOTHING, inServersFile: own, sources: [state('aws', many)] });
  expect(entries).toHaveLength(2_000);
  expect(entries[0]?.name).toBe('own');
  expect(warnings).toEqual(['The last 2 servers are left out: a coordinator takes no more at once.']);
});

it('an inventory is no larger than what a coordinator takes at once', () => {
  const labels = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`k${index}`, '€'.repeat(128)]));
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...found(`web-${index}`), labels }));
  const { entries, warnings } = inventoryEntries({ ...NOTHING, sources: [state('aws', many)] });
  expect(entries.length).toBeGreaterThan(100);
  expect(Buffer.byteLength(JSON.stringify(entries.map(({ name }) => ({ name, labels }))))).toBeLessThan(
    2 * 1024 * 1024,
  );
  expect(warnings).toEqual([
    `The last ${1_000 - entries.length} servers are left out: a coordinator takes no more at once.`,
  ]);
});

it('a warning of names that are taken names some of them', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(found);
  const { entries, warnings } = inventoryEntries({ ...NOTHING, sources: [state('aws', names), state('gcp', names)] });
  expect(entries).toHaveLength(7);
  expect(warnings).toEqual(['gcp: also in aws, which holds: a, b, c, d, e and 2 more.']);
});

it('a name of ssh_config that is an address is not offered because a source has it, too', () => {
  const { entries, warnings } = inventoryEntries({
    ...NOTHING,
    sshNames: ['web.example.com'],
    sources: [state('aws', [found('web.example.com')])],
  });
  expect(entries).toEqual([]);
  expect(warnings).toEqual(['aws: also in ssh_config, which holds: web.example.com.']);
});
