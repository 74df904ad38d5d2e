import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { parse as parseToml } from 'smol-toml';
import { agentClient, CLIENT_NAMES, type ClientName, type ServerEntry } from './agent-client.ts';
import { makeChange, planChange } from './client-change.ts';

const HOSTED = { kind: 'hosted', url: 'https://servonaut.example.com/mcp' } as const satisfies ServerEntry;
const LOCAL = {
  kind: 'local',
  command: '/opt/node/bin/node',
  args: ['/opt/servonaut/bin/run.js', 'mcp', 'serve', '--profile', 'prod', '--agent', 'x'],
  env: { SERVONAUT_CONFIG_DIR: '/home/me/ours' },
} as const satisfies ServerEntry;

/** As these files are found: by programs, and by hand. */
const FOUND: Readonly<Record<ClientName, string>> = {
  claude: `{
  "numStartups": 412,
  "tipsHistory": { "shift-enter": 12 },
  "projects": {
    "/home/me/src/shop": {
      "allowedTools": [],
      "mcpServers": { "servonaut": { "type": "stdio", "command": "other" } }
    }
  },
  "mcpServers": {
    "github": {
      "type": "http",
      "url": "https://api.example.com/mcp/"
    }
  },
  "oauthAccount": { "emailAddress": "me@example.com" }
}`,
  cursor: '{"mcpServers":{"fs":{"command":"npx","args":["-y","fs-server","/home/me"]}}}',
  vscode: `{
\t// What the team uses.
\t"inputs": [
\t\t{ "id": "key", "type": "promptString", "password": true }, // asked for once
\t],
\t"servers": {
\t\t/* local */
\t\t"memory": { "command": "npx", "args": ["-y", "memory"] },
\t},
}
`,
  codex: `# Mine, since March.
model = "gpt-x"   # the big one
approval_policy = "on-request"

[mcp_servers.docs]
url = "https://docs.example.com/mcp"

# Only in the shop.
[projects."/home/me/src/shop"]
trust_level = "trusted"

[profiles.deep]
notes = """
[mcp_servers.servonaut]
is only a text
"""
`,
  gemini: `{\r\n    "theme": "Dracula",\r\n    "selectedAuthType": "gemini-api-key", // for now\r\n    "mcpServers": {}\r\n}\r\n`,
};

let home: string;
beforeEach(async () => {
  home = await temporaryFolder();
});

const clientIn = (name: ClientName) => agentClient(name, home, { XDG_CONFIG_HOME: join(home, 'xdg') });

async function given(name: ClientName, text: string, mode = 0o600) {
  const client = clientIn(name);
  await mkdir(dirname(client.file), { recursive: true });
  await writeFile(client.file, text, { mode });
  return client;
}

async function change(name: ClientName, entry: ServerEntry | undefined, server = 'servonaut') {
  const client = clientIn(name);
  const planned = await planChange(client, server, entry && client.fields(entry));
  const kept = planned.shown === '' ? undefined : await makeChange(planned);
  return { ...planned, kept, text: planned.shown === '' ? planned.before : await readFile(client.file, 'utf8') };
}

/** Whatever the text said before, it says still, in the same words and order. */
function expectKept(before: string, after: string): void {
  const lines = after.split('\n').map((line) => line.trim().replace(/,$/, ''));
  let at = 0;
  for (const line of before.split('\n')) {
    const words = line.trim().replace(/,$/, '');
    // One line with all of it, and an empty section, are opened for what comes into them.
    if (words === '' || /^[{}[\]]+$/.test(words) || /\}\}$|: \{\}$/.test(words)) continue;
    const found = lines.indexOf(words, at);
    expect([words, found >= at]).toEqual([words, true]);
    at = found + 1;
  }
}

describe.each(CLIENT_NAMES)('the file of %s', (name) => {
  it.each([
    ['hosted', HOSTED],
    ['local', LOCAL],
  ] as const)('gets the %s entry, keeps all else, and loses it again', async (_, entry) => {
    const { file } = await given(name, FOUND[name]);
    const { text = '', kept = '', shown } = await change(name, entry);
    expectKept(FOUND[name], text);
    expect(shown).toMatch(/^\+.*servonaut/m);
    expect(await readFile(kept, 'utf8')).toBe(FOUND[name]);
    expect((await change(name, entry)).shown).toBe('');
    const { text: left = '' } = await change(name, undefined);
    expectKept(FOUND[name], left);
    expect((await change(name, undefined)).shown).toBe('');
    expect((await readdir(dirname(file))).filter((one) => one.endsWith('.bak'))).toHaveLength(2);
  });

  it('is made, for its owner alone, where there is none', async () => {
    const { file, text, kept } = await change(name, HOSTED);
    expect(kept).toBeUndefined();
    expect(text).toContain('https://servonaut.example.com/mcp');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await change(name, undefined, 'other')).shown).toBe('');
  });

  it('keeps its mode, and is the same link to it as before', async () => {
    const { file } = clientIn(name);
    const dotfiles = join(home, 'dotfiles');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(dotfiles, FOUND[name], { mode: 0o640 });
    await symlink(dotfiles, file);
    const { kept = '' } = await change(name, HOSTED);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await readFile(dotfiles, 'utf8')).toContain('https://servonaut.example.com/mcp');
    expect((await stat(dotfiles)).mode & 0o777).toBe(0o640);
    expect((await stat(kept)).mode & 0o777).toBe(0o640);
  });

  it.each(['{ "mcpServers": ', '[mcp_servers\n', '{]', 'mcpServers = [', '"text"'])(
    'is left as it was when it is %j',
    async (text) => {
      const { file } = await given(name, text);
      await expect(change(name, HOSTED)).rejects.toMatchObject({ code: 'config_invalid' });
      expect(await readFile(file, 'utf8')).toBe(text);
      expect(await readdir(dirname(file))).toHaveLength(1);
    },
  );

  it('is left alone when it has changed since it was shown', async () => {
    const client = await given(name, FOUND[name]);
    const planned = await planChange(client, 'servonaut', client.fields(HOSTED));
    await writeFile(client.file, `${FOUND[name]}\n`);
    await expect(makeChange(planned)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(client.file, 'utf8')).toBe(`${FOUND[name]}\n`);
  });
});

describe('an entry', () => {
  it('is shown without the secrets of what stands beside it', async () => {
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    await given('cursor', `{\n  "mcpServers": {\n    "github": { "env": { "GITHUB_TOKEN": "${token}" } }\n  }\n}\n`);
    const { shown, text } = await change('cursor', LOCAL);
    expect([text?.includes(token), shown.includes(token), shown.includes('/bin/run.js')]).toEqual([true, false, true]);
  });

  it('is what each client documents', () => {
    const { url } = HOSTED;
    const { kind: _, ...program } = LOCAL;
    const fields = (name: ClientName) => [clientIn(name).fields(HOSTED), clientIn(name).fields(LOCAL)];
    for (const name of ['claude', 'vscode'] as const)
      expect(fields(name)).toEqual([
        { type: 'http', url },
        { type: 'stdio', ...program },
      ]);
    for (const name of ['cursor', 'codex'] as const) expect(fields(name)).toEqual([{ url }, program]);
    expect(fields('gemini')).toEqual([{ httpUrl: url }, program]);
  });

  it('takes the place of another of its name, with the tables below it', async () => {
    const own =
      '[mcp_servers.servonaut]\ncommand = "old"\n\n[mcp_servers.servonaut.env]\nA = "b"\n\n# About docs.\n[mcp_servers.docs]\nurl = "x"\n';
    await given('codex', own);
    const { text = '' } = await change('codex', HOSTED);
    expect(parseToml(text)).toEqual({
      mcp_servers: { servonaut: { url: 'https://servonaut.example.com/mcp' }, docs: { url: 'x' } },
    });
    expect(text).toContain('\n\n# About docs.\n[mcp_servers.docs]');
  });

  it.each(['mcp_servers = { servonaut = { command = "old" } }\n', '[mcp_servers]\nservonaut.command = "old"\n'])(
    'is not written where that could change something else: %j',
    async (text) => {
      const { file } = await given('codex', text);
      await expect(change('codex', HOSTED)).rejects.toMatchObject({ code: 'config_invalid' });
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );
});
