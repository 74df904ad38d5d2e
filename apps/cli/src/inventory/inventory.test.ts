import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { serverEntrySchema, type ServonautError } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { loadInventory } from './inventory.ts';
import { toServerEntry, type Server } from './server.ts';
import { parseServersFile } from './servers-file.ts';
import { SshConfig } from './ssh-config.ts';
import { sshTarget } from './ssh-targets.ts';

const SSH_CONFIG = `
Include extra/*.conf
Host web-1 "web-2" *.wild !not db-?
  HostName 192.0.2.1
  Port 2222
  User deploy
  IdentityFile ~/keys/%r
  IdentitiesOnly yes
  IdentityAgent none
  HostKeyAlias front
  UserKnownHostsFile ~/known ~/known2
  ConnectTimeout 7
  ServerAliveInterval 5
  StrictHostKeyChecking no
Host jump
  ProxyJump bastion
Host cert
  CertificateFile ~/cert
Host none
  ProxyCommand none
Host *
  User everybody
`;

const account = { home: '', user: 'me', agentSocket: '/agent' };
let home: string;
let configDir: string;

function load() {
  return loadInventory({ configDir, account: { ...account, home }, sshConfigPath: join(home, '.ssh', 'config') });
}

beforeEach(async () => {
  home = await temporaryFolder();
  configDir = await temporaryFolder();
  mkdirSync(join(home, '.ssh', 'extra'), { recursive: true });
  writeFileSync(join(home, '.ssh', 'config'), SSH_CONFIG);
  writeFileSync(join(home, '.ssh', 'extra', 'a.conf'), 'Host included\n  HostName 192.0.2.9\n');
});

describe('the inventory', () => {
  it('has the concrete hosts of ssh_config, includes too, and those of the file, which wins', async () => {
    writeFileSync(
      join(configDir, 'servers.yaml'),
      `servers:\n  - name: web-1\n    user: root\n    labels: {role: web}\n  - name: extra\n    host: 192.0.2.50\n    identity_file: ~/k\n`,
    );
    const inventory = await load();
    expect(inventory.servers.map(({ name, source }) => `${name} ${source}`)).toEqual([
      'web-1 servers.yaml',
      'extra servers.yaml',
      'included ssh_config',
      'web-2 ssh_config',
      'jump ssh_config',
      'cert ssh_config',
      'none ssh_config',
    ]);
    expect(await inventory.get('web-1').target()).toMatchObject({ host: '192.0.2.1', port: 2222, user: 'root' });
    const extra = await inventory.get('extra').target();
    expect(extra).toMatchObject({ host: '192.0.2.50', port: 22, user: 'everybody', identityFiles: [join(home, 'k')] });
  });

  it('tells the coordinator names and labels and nothing else', async () => {
    const inventory = await load();
    const server: Server & Record<string, unknown> = {
      ...inventory.get('web-1'),
      labels: { role: 'web' },
      host: '192.0.2.1',
      user: 'deploy',
    };
    expect(toServerEntry(server)).toEqual({ name: 'web-1', labels: { role: 'web' } });
    for (const entry of inventory.entries) expect(serverEntrySchema.strict().parse(entry)).toEqual(entry);
    expect(JSON.stringify(inventory.entries)).not.toMatch(/192\.0\.2|deploy|keys/);
  });

  it('offers aliases of ssh_config and no addresses, unless servers.yaml names them', async () => {
    const blocks = [
      'Host 192.0.2.7 2001:db8::7 db.example.com\n  User root',
      'Host 192.0.2.8\n  HostName 192.0.2.9',
      'Host Web.Example.com front\n  HostName web.example.com',
      'Host same.example.com\n  HostName %h',
      'Host web.prod\n  HostName 192.0.2.10',
      'Host prod.short\n  HostName %h.example.com',
      'Host plain\n  User root',
    ];
    writeFileSync(join(home, '.ssh', 'config'), blocks.join('\n'));
    const names = async () => (await load()).entries.map(({ name }) => name);
    expect(await names()).toEqual(['front', 'web.prod', 'prod.short', 'plain']);
    writeFileSync(join(configDir, 'servers.yaml'), 'servers:\n  - name: db.example.com\n    host: 192.0.2.11\n');
    expect(await names()).toEqual(['db.example.com', 'front', 'web.prod', 'prod.short', 'plain']);
    expect(await (await load()).get('db.example.com').target()).toMatchObject({ host: '192.0.2.11', user: 'root' });
  });

  it('reaches a server as the files have it now, and not one that they have no more', async () => {
    const path = join(configDir, 'servers.yaml');
    writeFileSync(path, 'servers:\n  - name: extra\n    host: 192.0.2.50\n');
    const inventory = await load();
    const [extra, web] = [inventory.get('extra'), inventory.get('web-2')];
    expect(await extra.target()).toMatchObject({ host: '192.0.2.50' });
    writeFileSync(path, 'servers:\n  - name: extra\n    host: 192.0.2.51\n  - name: web-2\n    port: 2299\n');
    expect(await extra.target()).toMatchObject({ host: '192.0.2.51' });
    expect(await web.target()).toMatchObject({ host: '192.0.2.1', port: 2299 });
    writeFileSync(path, 'servers: []\n');
    expect(await web.target()).toMatchObject({ port: 2222 });
    await expect(extra.target()).rejects.toMatchObject({ code: 'unknown_server' });
  });

  it('calls a server by its name when its configuration cannot be used, never by its address', async () => {
    const servers = 'servers:\n  - name: extra\n    host: 192.0.2.50\n';
    writeFileSync(join(configDir, 'servers.yaml'), servers);
    const extra = (await load()).get('extra');
    for (const [line, code] of [
      ['RemoteCommand sudo -i', 'ssh_config_unsupported'],
      ['Port none', 'config_invalid'],
    ]) {
      writeFileSync(join(home, '.ssh', 'config'), `Host 192.0.2.50\n  ${line}\n`);
      const error: unknown = await extra.target().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, message: expect.stringContaining('extra') });
      expect(`${String(error)} ${(error as ServonautError).nextStep}`).not.toContain('192.0.2.50');
    }
  });

  it('refuses a name that it does not have', async () => {
    const inventory = await load();
    expect(() => inventory.get('nowhere')).toThrow(expect.objectContaining({ code: 'unknown_server' }));
    const [{ name }] = inventory.servers as [Server];
    expect(() => inventory.get(`${name}x`)).toThrow(`Did you mean "${name}"?`);
  });

  it('is empty where nothing is configured', async () => {
    const empty = await temporaryFolder();
    expect((await loadInventory({ configDir: empty, account: { ...account, home: empty } })).servers).toEqual([]);
  });
});

describe.each([
  ['the operator’s ssh', 'ssh'],
  ['our own reading where there is no ssh', '/nonexistent/ssh'],
])('a host of ssh_config resolved by %s', (_, program) => {
  const target = async (name: string) => {
    const config = new SshConfig({ account: { ...account, home }, path: join(home, '.ssh', 'config'), program });
    return sshTarget(name, { destination: name }, { config, account: { ...account, home } });
  };

  it('has what ssh_config says', async () => {
    expect(await target('web-1')).toMatchObject({
      host: '192.0.2.1',
      port: 2222,
      user: 'deploy',
      identitiesOnly: true,
      agentSocket: undefined,
      hostKeyAlias: 'front',
      connectTimeoutMs: 7_000,
      keepAliveMs: 5_000,
    });
    expect((await target('web-1')).identityFiles[0]).toMatch(/keys\/deploy$/);
    expect((await target('web-1')).userKnownHostsFiles).toHaveLength(2);
  });

  it('is as the defaults have it otherwise', async () => {
    const other = await target('none');
    expect(other).toMatchObject({ host: 'none', port: 22, user: 'everybody', agentSocket: '/agent' });
    expect(other.globalKnownHostsFiles).toContain('/etc/ssh/ssh_known_hosts');
  });

  it('is asked anew when a file has changed, and only then', async () => {
    const path = join(home, '.ssh', 'config');
    const config = new SshConfig({ account: { ...account, home }, path, program });
    const resolve = () => config.resolve({ destination: 'web-2' }, 'web-2');
    const first = await resolve();
    expect(await resolve()).toBe(first);
    writeFileSync(path, SSH_CONFIG.replace('2222', '2223'));
    utimesSync(path, new Date(), new Date(Date.now() + 5_000));
    expect((await resolve()).get('port')).toEqual(['2223']);
  });
});

describe('servers.yaml', () => {
  it.each([
    ['a key that it does not know', 'servers:\n  - name: a\n    hosst: b\n', 'line 3'],
    ['a port that is none', 'servers:\n  - name: a\n  - name: b\n    port: 70000\n', 'line 4'],
    ['a name with a space', 'servers:\n  - name: a b\n', 'line 2'],
    ['a host that is an option', 'servers:\n  - name: a\n    host: -oProxyCommand=x\n', 'line 3'],
    ['a name that is there twice', 'servers:\n  - name: a\n  - name: a\n', 'line 3'],
    ['what is not YAML', 'servers:\n  - name: "a\n', 'line'],
  ])('is refused with its line for %s', (_, text, line) => {
    expect(() => parseServersFile(text, 'servers.yaml')).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`servers.yaml, ${line}`) }),
    );
  });

  it('may be empty', () => {
    expect(parseServersFile('', 'servers.yaml')).toEqual({ servers: [], sources: [] });
  });
});
