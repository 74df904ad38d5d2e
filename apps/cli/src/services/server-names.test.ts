import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { Inventory } from '../inventory/inventory.ts';
import type { Server } from '../inventory/server.ts';
import { profilePaths } from '../session/profile-paths.ts';
import { keepServerNames } from './server-names.ts';

const named = (name: string, labels: Record<string, string>): Server => {
  return { name, labels, source: 'servers.yaml', target: () => Promise.reject(new Error('nobody goes there')) };
};

it('keeps the terms that choose servers, without what a shell would take for something else', async () => {
  const folder = await temporaryFolder();
  const paths = profilePaths('prod', { configDir: folder, stateDir: folder });
  const inventory = new Inventory([
    named('web-1', { role: 'web', note: '$(id) `x`' }),
    named('web-2', { role: 'web', zone: 'eu/1' }),
  ]);
  expect(await keepServerNames({ paths }, inventory)).toEqual([]);
  const file = join(paths.stateDir, 'server-names');
  expect(readFileSync(file, 'utf8')).toBe('web-1\nweb-2\nlabel:role=web\nlabel:zone=eu/1\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('says when it cannot, and fails nothing', async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, 'profiles'));
  writeFileSync(join(folder, 'profiles', 'prod'), '');
  const paths = profilePaths('prod', { configDir: folder, stateDir: folder });
  expect(await keepServerNames({ paths }, new Inventory([named('web-1', {})]))).toEqual([
    expect.stringContaining('completion'),
  ]);
});
