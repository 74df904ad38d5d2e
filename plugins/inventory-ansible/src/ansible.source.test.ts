import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkSource, listSource } from '@servonaut/plugin-sdk/testing';
import { ansibleSource } from './ansible.source.ts';
import { expandRange } from './host-range.ts';
import { jumpOf } from './ssh-arguments.ts';

const INI = `
# of all
bare.example.com
mail ansible_host=192.0.2.5 ansible_port=2222   # a comment

[web]
web[01:03] ansible_user=deploy
front:2200 ansible_host=192.0.2.9 note="a b # c"

[db]
db-[a:b].internal ansible_host="{{ inventory_hostname_short }}.db.example.com"

[prod:children]
web
db

[web:vars]
ansible_ssh_private_key_file = ~/.ssh/id_web ; theirs
ansible_ssh_common_args='-o StrictHostKeyChecking=no -J ops@bastion:2200'

[all:vars]
ansible_user=everybody
role = none
`;

const YAML = `
all:
  vars: {ansible_user: everybody}
  hosts:
    mail: {ansible_host: 192.0.2.5, ansible_port: 2222}
  children:
    prod:
      children:
        web:
          hosts:
            web[01:02]:
            front: {ansible_host: 192.0.2.9, ansible_user: "{{ deployer }}"}
          vars: {deployer: deploy, role: web}
        db: {hosts: {db-1: {ansible_ssh_private_key_file: keys/db}}}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-ansible-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const list = async (path: string, label_vars: string[] = []) => {
  const { servers, warnings } = await listSource(ansibleSource, { path, label_vars }, { folder });
  return { servers, warnings, byName: Object.fromEntries(servers.map((server) => [server.name, server])) };
};

describe('an inventory in INI', () => {
  it('has every host with the variables of its groups, the closest last', async () => {
    write('hosts', INI);
    const { byName, warnings } = await list('hosts', ['role', 'note']);
    expect(warnings).toEqual([]);
    expect(Object.keys(byName)).toEqual([
      'bare.example.com',
      'mail',
      'web01',
      'web02',
      'web03',
      'front',
      'db-a.internal',
      'db-b.internal',
    ]);
    expect(byName['mail']).toEqual({
      name: 'mail',
      host: '192.0.2.5',
      port: 2222,
      user: 'everybody',
      labels: { role: 'none' },
    });
    expect(byName['web02']).toEqual({
      name: 'web02',
      user: 'deploy',
      identityFile: '~/.ssh/id_web',
      jump: 'ops@bastion:2200',
      labels: { 'group.prod': 'true', 'group.web': 'true', role: 'none' },
    });
    expect(byName['front']).toMatchObject({
      host: '192.0.2.9',
      port: 2200,
      user: 'everybody',
      labels: { note: 'a b # c' },
    });
    expect(byName['db-b.internal']).toMatchObject({ host: 'db-b.db.example.com' });
  });

  it.each([
    ['[web\nx\n', /line 1/],
    ['[web]\nx ansible_port\n', /hosts, line 2: expected "name=value"/],
    ['[web:vars]\nnothing\n', /line 2: expected "name = value"/],
    ['web[5:1]\n', /line 1: .*ends before/],
    ['web[1:99999][1:99999]\n', /line 1: .*more than 10000/],
    ['#!/usr/bin/python\n', /is a program/],
  ])('is refused with its line: %j', async (text, message) => {
    write('hosts', text);
    await expect(list('hosts')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('an inventory in YAML', () => {
  it('has every host with the variables of its groups', async () => {
    write('hosts.yml', YAML);
    const { byName } = await list('hosts.yml', ['role']);
    expect(byName).toEqual({
      mail: { name: 'mail', host: '192.0.2.5', port: 2222, user: 'everybody', labels: {} },
      web01: { name: 'web01', user: 'everybody', labels: { 'group.prod': 'true', 'group.web': 'true', role: 'web' } },
      web02: { name: 'web02', user: 'everybody', labels: { 'group.prod': 'true', 'group.web': 'true', role: 'web' } },
      front: {
        name: 'front',
        host: '192.0.2.9',
        user: 'deploy',
        labels: { 'group.prod': 'true', 'group.web': 'true', role: 'web' },
      },
      'db-1': {
        name: 'db-1',
        user: 'everybody',
        identityFile: join(folder, 'keys/db'),
        labels: { 'group.db': 'true', 'group.prod': 'true' },
      },
    });
  });

  it.each([
    ['all:\n  hosts: [a]\n', /hosts\.yml: all\.hosts must be a map, and is a list$/],
    ['all: {\n', /hosts\.yml, line \d/],
    ['- a\n', /expected groups/],
    ['plugin: amazon.aws.aws_ec2\n', /plugin amazon\.aws\.aws_ec2, which Servonaut does not run/],
  ])('is refused: %j', async (text, message) => {
    write('hosts.yml', text);
    await expect(list('hosts.yml')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('the variables of a host', () => {
  it('come from files next to the inventory, too, in Ansible’s order', async () => {
    write('hosts', '[web]\nweb-1 ansible_port=1\n[all:vars]\nansible_user=inline\n[web:vars]\nzone=inline\n');
    write('group_vars/all.yml', 'ansible_user: file\nzone: all\nansible_port: 7\n');
    write('group_vars/web/main.yaml', 'zone: web\n');
    write('group_vars/web/vault.yml', '$ANSIBLE_VAULT;1.1;AES256\n6162\n');
    write('host_vars/web-1', 'ansible_host: 192.0.2.1\n');
    const { byName, warnings } = await list('hosts', ['zone']);
    expect(byName['web-1']).toMatchObject({ host: '192.0.2.1', port: 1, user: 'file', labels: { zone: 'web' } });
    expect(warnings).toEqual([expect.stringMatching(/vault\.yml is encrypted/)]);
  });

  it('of a group closer to the host win over those further away, and by priority between equals', async () => {
    write(
      'hosts',
      '[a]\nx\n[b]\nx\n[c]\nx\n[top:children]\na\n[top:vars]\nfar=top\nclose=top\n[a:vars]\nclose=a\n[b:vars]\nclose=b\neven=b\nansible_group_priority=9\n[c:vars]\neven=c\n',
    );
    expect((await list('hosts', ['far', 'close', 'even'])).byName['x']?.labels).toMatchObject({
      far: 'top',
      close: 'a',
      even: 'b',
    });
  });

  it.each([
    ['ansible_connection=docker', /its connection is docker/],
    ['ansible_host="{{ lookup(1) }}"', /ansible_host cannot be known/],
    ['ansible_host="{{ ansible_host }}"', /ansible_host cannot be known/],
    ['ansible_host=-oProxyCommand=id', /host/],
    ['ansible_port=ssh', /port/],
    ['ansible_ssh_common_args=\'-o ProxyCommand="nc %h %p"\'', /name a proxy/],
  ])('leave it out with a warning when it cannot be reached as they say: %s', async (variables, message) => {
    write('hosts', `web-1\nweb-2 ${variables}\n`);
    const { servers, warnings } = await list('hosts');
    expect(servers.map(({ name }) => name)).toEqual(['web-1']);
    expect(warnings).toEqual([expect.stringMatching(/^web-2 left out: /)]);
    expect(warnings[0]).toMatch(message);
  });

  it('that tell where a host is make no labels', () => {
    expect(ansibleSource.options.safeParse({ path: 'hosts', label_vars: ['ansible_host'] }).success).toBe(false);
  });
});

it('a folder is all inventories in it', async () => {
  write('inventory/10-web', '[web]\nweb-1\n');
  write('inventory/20-db.yml', 'db: {hosts: {db-1: }}\n');
  write('inventory/README.md', '# not one\n');
  write('inventory/group_vars/web.yml', 'ansible_user: deploy\n');
  expect((await list('inventory')).byName).toMatchObject({ 'web-1': { user: 'deploy' }, 'db-1': {} });
});

describe('an inventory that would never be done', () => {
  const levels = Array.from({ length: 40 }, (_, level) => level);

  it('leaves out a host whose variables grow with each other', async () => {
    const grow = levels.map((level) => `v${level}={{ v${level + 1} }}{{ v${level + 1} }}`).join('\n');
    write('hosts', `web-1\nweb-2 ansible_host={{v0}}\n[all:vars]\n${grow}\nv40=x\n`);
    const { servers, warnings } = await list('hosts', ['v0']);
    expect(servers).toEqual([{ name: 'web-1', labels: {} }]);
    expect(warnings).toEqual([expect.stringMatching(/^web-2 left out: v\d+ cannot be known/)]);
  });

  it('leaves out a host with a variable that is longer than what it stands for', async () => {
    const blank = ' '.repeat(4_000);
    write(
      'hosts',
      `web-1 ansible_user=${'x'.repeat(5_000)}\nweb-2 ansible_ssh_common_args="-o ProxyCommand${blank}x"\n`,
    );
    expect((await list('hosts')).warnings).toEqual([
      expect.stringMatching(/^web-1 left out: ansible_user cannot be known/),
      expect.stringMatching(/^web-2 left out: its ssh arguments name a proxy/),
    ]);
  });

  it('has the groups of a host by however many ways they are reached, and in a circle', async () => {
    const layer = (level: number) =>
      ['a', 'b'].map((side) => `[${side}${level}:children]\na${level + 1}\nb${level + 1}\n`);
    write('hosts', `[a40]\nweb-1\n${levels.flatMap(layer).join('')}[a40:children]\na0\n`);
    const { byName } = await list('hosts');
    expect(Object.keys(byName['web-1']?.labels ?? {})).toHaveLength(81);
  });

  it('goes into a folder once, wherever links lead', async () => {
    write('inventory/web', '[web]\nweb-1\n');
    write('inventory/group_vars/web/main.yml', 'ansible_user: deploy\n');
    symlinkSync('web', join(folder, 'inventory/group_vars/db'));
    for (const name of ['x', 'y', 'z']) {
      symlinkSync('.', join(folder, 'inventory', name));
      symlinkSync('.', join(folder, 'inventory/group_vars/web', name));
    }
    write('inventory/db', '[db]\ndb-1\n');
    expect((await list('inventory')).servers.map(({ name, user }) => `${name} ${user}`)).toEqual([
      'db-1 deploy',
      'web-1 deploy',
    ]);
  });

  it('is refused while its hosts are counted', async () => {
    const ranges = ['a', 'b', 'c', 'd'].map((name) => `${name}[1:9999]\n`).join('');
    write('hosts', ranges);
    await expect(list('hosts')).rejects.toThrow(/hosts, line 3: more than 20000 hosts/);
    write('hosts', `[web]\n${'a[1:9999]\n'.repeat(100)}`);
    await expect(list('hosts')).rejects.toThrow(/hosts, line 52: hosts are named more than 500000 times/);
    write('hosts', `a[1:9999]${'x'.repeat(2_000)}\n`);
    await expect(list('hosts')).rejects.toThrow(/line 1: "a.*is longer than 1024/);
  });

  it('is given up between two hosts when it takes too long', async () => {
    write('hosts', 'a[1:9999]\n');
    const stop = new AbortController();
    const path = (name: string) => join(folder, name);
    const context = { signal: stop.signal, home: folder, env: {}, path, warn: () => undefined };
    const onceAHostIsMade = () => {
      setImmediate(() => stop.abort(new Error('too long')));
      return 'role';
    };
    const label_vars = Object.defineProperty([''], 0, { get: onceAHostIsMade });
    await expect(ansibleSource.list({ path: 'hosts', label_vars }, context)).rejects.toThrow('too long');
  });

  it('is refused when it is no file', async () => {
    await expect(list('/dev/zero')).rejects.toThrow(/\/dev\/zero is no file/);
  });

  it.each([
    ['quotes', '"\\'.repeat(100_000)],
    ['brackets', '['.repeat(100_000)],
    ['blanks', `a ${' '.repeat(100_000)}b`],
  ])('is read at once with many %s', async (_, line) => {
    write('hosts', `x${line}\n[all:vars]\nv = x${line}\n`);
    await expect(list('hosts')).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it.each([
    ['of a name', `[${':'.repeat(100_000)}]x`],
    ['of a group', `[${':'.repeat(100_000)}`],
    ['of ports', `a${':1'.repeat(50_000)}x`],
  ])('is read at once with many colons %s', async (_, line) => {
    write('hosts', `${line}\n`);
    await expect(list('hosts')).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is read at once with many hosts in YAML, of which a key that is there twice counts the last time', async () => {
    const hosts = Array.from({ length: 20_000 }, (_, at) => `    web-${at}: {ansible_port: 1}\n`).join('');
    write('hosts.yml', `all:\n  hosts:\n${hosts}    web-7: {ansible_port: 7}\n`);
    const { servers, byName } = await list('hosts.yml');
    expect(servers).toHaveLength(20_000);
    expect(byName['web-7']).toMatchObject({ port: 7 });
  });
});

it('keeps the promises of every source', async () => {
  write('hosts', INI);
  await checkSource(ansibleSource, { path: 'hosts' }, { folder });
});

it.each([
  ['web[1:3]', ['web1', 'web2', 'web3']],
  ['web[08:10]', ['web08', 'web09', 'web10']],
  ['web[1:9:4]', ['web1', 'web5', 'web9']],
  ['db-[a:c].x', ['db-a.x', 'db-b.x', 'db-c.x']],
  ['r[1:2]n[a:b]', ['r1na', 'r1nb', 'r2na', 'r2nb']],
  ['plain', ['plain']],
])('%s is %j', (pattern, names) => expect(expandRange(pattern)).toEqual(names));

it.each([
  ['-J bastion', 'bastion'],
  ['-o ProxyJump=ops@bastion:22', 'ops@bastion:22'],
  ["-o 'ProxyJump=a,b' -q", 'a,b'],
  ['-o ProxyCommand="ssh -W %h:%p -q ops@bastion"', 'ops@bastion'],
  ["-o ProxyCommand='ssh ops@bastion -W %h:%p'", 'ops@bastion'],
  ['-o ControlMaster=auto', undefined],
  ['', undefined],
])('%s leads through %s', (sshArguments, jump) => expect(jumpOf(sshArguments)).toBe(jump));
