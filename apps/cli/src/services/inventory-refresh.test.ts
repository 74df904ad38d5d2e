import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSshd, temporaryFolder, waitFor } from '@servonaut/testkit';
import { readEnvironment } from '../session/environment.ts';
import { openSession, type Session } from '../session/session.ts';
import { ExecutorInventory } from './executor-inventory.ts';
import { InventoryRefresh } from './inventory-refresh.ts';
import type { PluginPackage } from './plugin-package.ts';
import { listServers } from './server-list.ts';
import { testServers } from './server-test.ts';
import { sessionInventory } from './session-inventory.ts';

const FILE_PLUGIN: PluginPackage = {
  name: '@servonaut/plugin-inventory-file',
  root: fileURLToPath(new URL('../../../../plugins/inventory-file', import.meta.url)),
  pjson: { servonaut: { sources: './src/index.ts' } },
};

let folder: string;
let session: Session;
let closing: AbortController;

const config = (name: string) => join(session.paths.configDir, name);
const write = (name: string, content: unknown) =>
  writeFileSync(config(name), typeof content === 'string' ? content : JSON.stringify(content));
const refresh = () => new InventoryRefresh(session, [FILE_PLUGIN], closing.signal);
const names = async () => (await sessionInventory(session)).entries.map(({ name }) => name);
const SOURCES = 'sources:\n  - kind: file\n    path: more.json\n    prefix: x-\n    labels: {env: prod}\n';

beforeEach(async () => {
  folder = await temporaryFolder();
  const sshConfig = join(folder, 'ssh_config');
  writeFileSync(sshConfig, 'Host jump\n  HostName 192.0.2.9\nHost *\n  User everybody\n');
  const variables = {
    SERVONAUT_CONFIG_DIR: folder,
    SERVONAUT_STATE_DIR: join(folder, 'state'),
    SERVONAUT_SSH_CONFIG: sshConfig,
  };
  session = openSession('test', readEnvironment(variables));
  mkdirSync(session.paths.configDir, { recursive: true });
  closing = new AbortController();
});
afterEach(() => closing.abort());

describe('the servers of a source', () => {
  it('are in the inventory under their prefix and with the labels of the entry, once they were listed', async () => {
    write('servers.yaml', SOURCES);
    write('more.json', [{ name: 'web 1', host: '192.0.2.1', port: 2222, labels: { role: 'web' } }]);
    expect(await names()).toEqual(['jump']);
    await refresh().missing();
    const inventory = await sessionInventory(session);
    expect(inventory.entries).toEqual([
      { name: 'jump', labels: {} },
      { name: 'x-web-1', labels: { env: 'prod', role: 'web' } },
    ]);
    const server = inventory.get('x-web-1');
    expect(server).toMatchObject({ source: 'file', listedAt: expect.any(Date) });
    expect(await server.target()).toMatchObject({ host: '192.0.2.1', port: 2222, user: 'everybody' });
  });

  it('are reached as ssh_config says where the source does not say how', async () => {
    write('servers.yaml', 'sources:\n  - {kind: file, path: more.json}\n');
    write('more.json', [{ name: 'jump', user: 'ops', labels: { role: 'jump' } }]);
    await refresh().missing();
    const inventory = await sessionInventory(session);
    expect(inventory.entries).toEqual([{ name: 'jump', labels: { role: 'jump' } }]);
    expect(await inventory.get('jump').target()).toMatchObject({ host: '192.0.2.9', user: 'ops' });
    expect(inventory.warnings).toEqual([]);
  });

  it('take no name from servers.yaml, ssh_config or a source before them, and say so', async () => {
    const sources = '  - {kind: file, path: more.json}\n  - {kind: file, path: again.json}\n';
    write('servers.yaml', `servers:\n  - {name: web-1, host: 192.0.2.7}\nsources:\n${sources}`);
    write(
      'more.json',
      ['web-1', 'jump', 'db-1'].map((name) => ({ name, host: '192.0.2.1' })),
    );
    write('again.json', [{ name: 'db-1', host: '192.0.2.2' }]);
    await refresh().missing();
    const inventory = await sessionInventory(session);
    expect(inventory.servers.map(({ name, source }) => `${name} ${source}`)).toEqual([
      'web-1 servers.yaml',
      'jump ssh_config',
      'db-1 file',
    ]);
    expect(inventory.warnings).toEqual([
      'file: also in servers.yaml, which holds: web-1.',
      'file: also in ssh_config, which holds: jump.',
      'file 2: also in file, which holds: db-1.',
    ]);
    const hosts = ['web-1', 'jump', 'db-1'].map(async (name) => (await inventory.get(name).target()).host);
    expect(await Promise.all(hosts)).toEqual(['192.0.2.7', '192.0.2.9', '192.0.2.1']);
  });

  it('are not reached where they were, nor when they are gone', async () => {
    write('servers.yaml', 'sources:\n  - {kind: file, path: more.json}\n');
    write('more.json', [{ name: 'web-1', host: '192.0.2.1' }]);
    await refresh().missing();
    const server = (await sessionInventory(session)).get('web-1');
    write('more.json', [{ name: 'web-1', host: '192.0.2.2' }]);
    expect(await server.target()).toMatchObject({ host: '192.0.2.1' });
    await refresh().all();
    expect(await server.target()).toMatchObject({ host: '192.0.2.2' });
    write('more.json', []);
    await refresh().all();
    await expect(server.target()).rejects.toMatchObject({ code: 'unknown_server' });
  });

  it('are reached through the server that the source names', async () => {
    write('servers.yaml', 'sources:\n  - {kind: file, path: more.json}\n');
    write('more.json', [{ name: 'web-1', host: '192.0.2.1', jump: 'ops@192.0.2.9:2200' }]);
    await refresh().missing();
    const { jumps } = await (await sessionInventory(session)).get('web-1').target();
    expect(jumps).toMatchObject([{ host: '192.0.2.9', port: 2200, user: 'ops' }]);
  });
});

it('servers of a source run commands, by the address, port, user and key that it has, and through the server that it names', async () => {
  const [bastion, inner] = await Promise.all([startSshd(), startSshd()]);
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, `${bastion.hostKeyLine}\n${inner.hostKeyLine}\n`);
  const options = `IdentityAgent none\n  IdentitiesOnly yes\n  IdentityFile ${bastion.privateKeyPath}`;
  writeFileSync(
    join(folder, 'ssh_config'),
    `Host *\n  ${options}\n  UserKnownHostsFile ${knownHosts}\n  GlobalKnownHostsFile /dev/null\n`,
  );
  const { host, port, user, privateKeyPath: identity_file } = inner;
  const jump = `${bastion.user}@${bastion.host}:${bastion.port}`;
  write('servers.yaml', SOURCES);
  write('more.json', [
    { name: 'direct', host, port, user, identity_file },
    { name: 'behind', host, port, user, identity_file, jump },
  ]);
  await refresh().missing();
  const tests = await Promise.all(['x-direct', 'x-behind'].map((name) => testServers(session, name)));
  expect(tests.flat()).toMatchObject([
    { name: 'x-direct', error: null },
    { name: 'x-behind', error: null },
  ]);
  expect(bastion.logs()).toMatch(/Accepted publickey/);
  await Promise.all([bastion.stop(), inner.stop()]);
});

describe('what a source found', () => {
  const cached = () => readdirSync(join(session.paths.stateDir, 'inventory'));

  beforeEach(async () => {
    write('servers.yaml', SOURCES);
    write('more.json', [{ name: 'web-1', host: '192.0.2.1' }]);
    await refresh().missing();
  });

  it('is kept where only the operator can read it, and forgotten some days after its source', async () => {
    const [file = ''] = cached();
    const path = join(session.paths.stateDir, 'inventory', file);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    write('servers.yaml', 'sources: []\n');
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000);
    utimesSync(path, daysAgo(6), daysAgo(6));
    await refresh().missing();
    expect(cached()).toEqual([file]);
    utimesSync(path, daysAgo(8), daysAgo(8));
    await refresh().missing();
    expect(cached()).toEqual([]);
  });

  it.each([
    ['empty', () => write('servers.yaml', '')],
    ['gone', () => rmSync(config('servers.yaml'))],
  ])('is there still when servers.yaml is %s for a moment, as while it is saved', async (_, save) => {
    save();
    await refresh().all();
    write('servers.yaml', SOURCES);
    write('more.json', '[{');
    await refresh().all();
    expect(await names()).toEqual(['jump', 'x-web-1']);
  });

  it('is not asked for again when it is known, unless that is wanted', async () => {
    write('more.json', [{ name: 'web-2', host: '192.0.2.1' }]);
    await refresh().missing();
    expect(await names()).toEqual(['jump', 'x-web-1']);
    await refresh().all();
    expect(await names()).toEqual(['jump', 'x-web-2']);
  });

  it('holds with a warning while the source fails', async () => {
    write('more.json', '[{');
    await refresh().all();
    expect(await names()).toEqual(['jump', 'x-web-1']);
    const faults: string[] = [];
    const inventory = await ExecutorInventory.open(session, [FILE_PLUGIN], (fault) => void faults.push(fault));
    await inventory.readAnew();
    await inventory.readAnew();
    expect(faults).toEqual([
      expect.stringMatching(/^file could not be listed: .*JSON.*[^.]\. What it had at \S+Z holds \(1 server\)\.$/),
    ]);
    inventory.close();
  });

  /** A source of the kind `file` that lists what `list` says. */
  const listing = (list: string): PluginPackage => {
    writeFileSync(
      join(folder, 'other.mjs'),
      `const options = { parse: (given) => given, safeParse: () => ({}) };
      export const SOURCES = [{ kind: 'file', options, list: ${list} }];`,
    );
    return { ...FILE_PLUGIN, root: folder, pjson: { servonaut: { sources: './other.mjs' } } };
  };

  it('holds but for those that cannot be servers, of which it is told by name', async () => {
    const found = [{ name: 'web-3', labels: {} }, { name: 'web-4', labels: {}, port: 99_999 }, { labels: {} }];
    const odd = listing(`async () => ${JSON.stringify(found)}`);
    await new InventoryRefresh(session, [odd], closing.signal).all();
    expect(await names()).toEqual(['jump', 'x-web-3']);
    const { warnings, sources } = await sessionInventory(session);
    expect(sources[0]?.failure).toBeNull();
    expect(warnings).toEqual([
      expect.stringMatching(/^file: "web-4" left out, since it cannot be a server: port must .*65535/),
      expect.stringMatching(/^file: number 3 left out, since it cannot be a server: name must /),
    ]);
  });

  it('holds in the same way when nothing that is found can be a server', async () => {
    const odd = listing(`async () => [{ name: 'web-4', labels: {}, port: 99_999 }]`);
    await new InventoryRefresh(session, [odd], closing.signal).all();
    expect(await names()).toEqual(['jump', 'x-web-1']);
    expect((await sessionInventory(session)).sources[0]?.failure).toMatch(
      /^it found what cannot be a server: "web-4": port must /,
    );
  });

  it('holds in the same way when it takes too long', async () => {
    const settings = { ...session.settings, inventory_timeout_seconds: { value: 0.02, source: 'test' } };
    const slow = listing('() => new Promise(() => {})');
    const asking = new InventoryRefresh({ ...session, settings }, [slow], closing.signal);
    await asking.all();
    const { sources } = await sessionInventory(session);
    expect(sources[0]).toMatchObject({ failure: 'it took longer than 0.02 s', listedAt: expect.any(Date) });
    await asking.all();
    const failure = 'the last time that it was asked has not come to an end';
    expect((await sessionInventory(session)).sources[0]).toMatchObject({ failure, listedAt: expect.any(Date) });
    expect(await names()).toEqual(['jump', 'x-web-1']);
  });

  it('is as nothing when its file cannot be understood, and is asked for again', async () => {
    const [file = ''] = cached();
    writeFileSync(join(session.paths.stateDir, 'inventory', file), '{"version":');
    expect((await sessionInventory(session)).sources[0]?.failure).toMatch(/cannot be read/);
    await refresh().all();
    expect(await names()).toEqual(['jump', 'x-web-1']);
  });

  it('is asked for again in the background, and no more once it is closed', async () => {
    const settings = { ...session.settings, inventory_refresh_minutes: { value: 0.0001, source: 'test' } };
    write('more.json', [{ name: 'web-3', host: '192.0.2.1' }]);
    const kept = new InventoryRefresh({ ...session, settings }, [FILE_PLUGIN], closing.signal).keep((error) => {
      throw error;
    });
    await waitFor(async () => (await names()).includes('x-web-3'), { what: 'the listing' });
    closing.abort();
    await kept;
  });
});

describe('servers.yaml with sources', () => {
  it.each([
    ['a kind that no plugin has', 'kind: shelf', /line 2: sources\.0\.kind: there is no source "shelf".*: file$/],
    [
      'an option that is none',
      'kind: file\n    path: a.json\n    paht: b',
      /line 4: sources\.0: unknown key "paht" \(did you mean "path" or "port"\?\)$/,
    ],
    [
      'a field of every entry that is none',
      'kind: file\n    path: a.json\n    lables: {}',
      /line 4: .*"lables" \(did you mean "labels"\?\)$/,
    ],
    ['an option that is missing', 'kind: file', /line 2: sources\.0\.path/],
    ['an option with a wrong value', 'kind: file\n    path: a.ini', /line 3: sources\.0\.path: expected a file/],
    ['a prefix that no name can have', 'kind: file\n    path: a.json\n    prefix: "x y"', /line 4: sources\.0\.prefix/],
    ['labels that are none', 'kind: file\n    path: a.json\n    labels: [x]', /line 4: sources\.0\.labels/],
  ])('is refused with its line for %s', async (_, entry, message) => {
    write('servers.yaml', `sources:\n  - ${entry}\n`);
    await expect(refresh().missing()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('loads plugins only where there are sources', async () => {
    const broken = { ...FILE_PLUGIN, root: '/nonexistent' };
    write('servers.yaml', 'servers: []\n');
    await new InventoryRefresh(session, [broken]).all();
    write('servers.yaml', SOURCES);
    await expect(new InventoryRefresh(session, [broken]).all()).rejects.toThrow(
      /plugin-inventory-file cannot be loaded/,
    );
  });

  it('has no two plugins for one kind', async () => {
    write('servers.yaml', SOURCES);
    const twice = [FILE_PLUGIN, { ...FILE_PLUGIN, name: 'other' }];
    await expect(new InventoryRefresh(session, twice).all()).rejects.toThrow(
      'Two plugins have an inventory source "file": @servonaut/plugin-inventory-file and other.',
    );
  });
});

describe('a list of servers', () => {
  const list = (...select: string[]) => listServers(session, [FILE_PLUGIN], { select, refresh: false });

  beforeEach(() => {
    write('servers.yaml', SOURCES);
    write(
      'more.json',
      ['web-1', 'web-2', 'db-1'].map((name) => ({ name, host: '192.0.2.1', labels: { role: name.slice(0, -2) } })),
    );
  });

  it('has those that are chosen', async () => {
    const chosen = (await list('x-*', '!label:role=db')).servers.map(({ name }) => name);
    expect(chosen).toEqual(['x-web-1', 'x-web-2']);
  });

  it('says what names nothing, and what could not', async () => {
    await expect(list('x-web-1', 'gone', 'x-web2')).rejects.toMatchObject({
      code: 'unknown_server',
      message: 'No server is named by "gone", "x-web2". Did you mean "x-web-2" or "x-web-1"?',
    });
    await expect(list('web 1')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('"web 1" chooses no servers'),
    });
  });

  it('keeps addresses out of all that it knows of servers', async () => {
    const { servers } = await list();
    expect(JSON.stringify(servers)).not.toContain('192.0.2');
    expect(readFileSync(config('more.json'), 'utf8')).toContain('192.0.2');
  });
});
