import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkSource, listSource } from '@servonaut/plugin-sdk/testing';
import { fileSource } from './file.source.ts';

const YAML = `
servers:
  - name: web-1
    host: 192.0.2.1
    port: 2222
    user: deploy
    identity_file: ~/.ssh/id_web
    jump: ops@bastion:2200
    labels: {role: web, tier: 1, spot: true}
  - name: db-1
`;
const JSON_TEXT = JSON.stringify([{ name: 'web-1', host: 'web.example.com' }, { name: 'db-1' }]);
const TOML = `
[[servers]]
name = "web-1"
host = "192.0.2.1"
identity_file = ["~/a", "~/b"]
labels = { role = "web" }

[[servers]]
name = "db-1"
`;

describe('a file of servers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-file-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const list = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return listSource(fileSource, { path: name }, { folder });
  };

  it('may be YAML', async () => {
    expect((await list('servers.yaml', YAML)).servers).toEqual([
      {
        name: 'web-1',
        host: '192.0.2.1',
        port: 2222,
        user: 'deploy',
        identityFile: '~/.ssh/id_web',
        jump: 'ops@bastion:2200',
        labels: { role: 'web', tier: '1', spot: 'true' },
      },
      { name: 'db-1', labels: {} },
    ]);
  });

  it('may be JSON', async () => {
    expect((await list('servers.json', JSON_TEXT)).servers).toEqual([
      { name: 'web-1', host: 'web.example.com', labels: {} },
      { name: 'db-1', labels: {} },
    ]);
  });

  it('may be TOML', async () => {
    expect((await list('servers.TOML', TOML)).servers).toEqual([
      { name: 'web-1', host: '192.0.2.1', identityFile: ['~/a', '~/b'], labels: { role: 'web' } },
      { name: 'db-1', labels: {} },
    ]);
  });

  it('may be empty', async () => {
    expect((await list('servers.yml', '')).servers).toEqual([]);
  });

  it.each([
    [
      'servers.yaml',
      'servers:\n  - name: a\n    hosst: b\n',
      /servers\.yaml, line 2: servers\.0: unknown key "hosst" \(did you mean "host"\?\)$/,
    ],
    [
      'servers.yaml',
      'servers:\n  - name: a\n    port: 99999\n',
      /line 3: servers\.0\.port must be a whole number from 1 to 65535$/,
    ],
    ['servers.yaml', 'servers:\n  - name: a\n    host: -oProxyCommand=id\n', /line 3: .*host name or address/],
    ['servers.yaml', 'servers: "x\n', /line \d/],
    ['servers.yaml', 'hosts: []\n', /list of servers/],
    ['servers.json', '[{"name": "a",}]', /JSON/],
    ['servers.json', '[\n{"name": 7}]', /line 2: 0\.name must be a text, and is a number$/],
    ['servers.toml', '[[servers]]\nname = \n', /servers\.toml, line 2/],
    ['servers.toml', '[[servers]]\nname = 7\n', /servers\.0\.name must be a text/],
  ])('is refused with the place that is wrong: %s %j', async (name, text, message) => {
    await expect(list(name, text)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('brings the others when a server in it is not valid, and says which that is', async () => {
    const text = 'servers:\n  - name: web-1\n  - name: web-2\n    port: 99999\n';
    const { servers, warnings } = await list('servers.yaml', text);
    expect(servers).toEqual([{ name: 'web-1', labels: {} }]);
    expect(warnings).toEqual([
      expect.stringMatching(/^"web-2" left out: \S+servers\.yaml, line 4: servers\.1\.port must /),
    ]);
  });

  it('has to be there, and to have an ending that says what it is', async () => {
    await expect(listSource(fileSource, { path: 'none.yaml' }, { folder })).rejects.toThrow(/ENOENT/);
    expect(fileSource.options.safeParse({ path: 'servers.ini' }).success).toBe(false);
  });

  it('is refused when it is none: what never begins to be read is not waited for', async () => {
    execFileSync('mkfifo', [join(folder, 'servers.yaml')]);
    await expect(listSource(fileSource, { path: 'servers.yaml' }, { folder })).rejects.toThrow(/is no file/);
  });

  it('may be as long as there may be servers in JSON, and not in YAML', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      name: `web-${at}`,
      host: `10.0.${at >> 8}.${at & 255}`,
    }));
    const text = JSON.stringify(many, null, 2);
    expect((await list('many.json', text)).servers).toHaveLength(20_000);
    await expect(list('many.yaml', text)).rejects.toThrow(/YAML of more than/);
  });

  it('has each key once', async () => {
    const twice = 'servers: [{name: a}]\nservers: [{name: b}]\n';
    await expect(list('servers.yaml', twice)).rejects.toThrow(/line 2: DUPLICATE_KEY/);
  });

  it('keeps the promises of every source', async () => {
    writeFileSync(join(folder, 'servers.yaml'), YAML);
    await checkSource(fileSource, { path: 'servers.yaml' }, { folder });
  });
});
