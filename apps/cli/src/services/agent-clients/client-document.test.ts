import { describe, expect, it } from '@jest/globals';
import { parse as parseToml } from 'smol-toml';
import { agentClient, type ClientName, type EntryFields } from './agent-client.ts';
import { editedText } from './client-document.ts';

const HOSTED = { kind: 'hosted', url: 'https://servonaut.example.com/mcp' } as const;
const LOCAL = {
  kind: 'local',
  command: '/n',
  args: ['/r', 'mcp', 'serve'],
  env: { SERVONAUT_STATE_DIR: '/s' },
} as const;

const client = (name: ClientName) => agentClient(name, '/home/me', {});
const edited = (name: ClientName, text: string, fields?: EntryFields): string =>
  editedText(client(name), text, 'servonaut', fields);

describe('the text of a client', () => {
  it.each([
    ['cursor', '\uFEFF{\n  "mcpServers": {\n    "a": {}\n  }\n}\n'],
    ['codex', '\uFEFFmodel = "x"\n'],
    ['codex', 'model = "x"\n'],
    ['codex', 'model = "x"\r\n'],
    ['vscode', '{\n\t"servers": { // ours\n\t\t// about memory\n\t\t"memory": {}\n\t}\n}\n'],
  ] as const)('is what it was when the entry is out of it again: %s, %j', (name, text) => {
    expect(edited(name, edited(name, text, client(name).fields(HOSTED)))).toBe(text);
  });

  it('keeps a comment right above what it is about', () => {
    const text = edited('vscode', '{\n  "servers": {\n    // about memory\n    "memory": {}\n  }\n}\n', { url: 'x' });
    expect(text).toMatch(/\/\/ about memory\n {4}"memory"/);
  });

  it.each(['null', '[]', '7', '"x"'])('is refused in words where the servers are %s', (servers) => {
    expect(() => edited('cursor', `{ "mcpServers": ${servers} }`, { url: 'x' })).toThrow(
      '/home/me/.cursor/mcp.json has something else than servers in "mcpServers"',
    );
  });
});

describe('what is set besides in an entry', () => {
  it.each([
    ['gemini', HOSTED],
    ['claude', LOCAL],
  ] as const)('stays while it is for the same server: %s', (name, way) => {
    const fields = client(name).fields(way);
    const found = { ...fields, command: 'old', timeout: 600_000, env: { SERVONAUT_STATE_DIR: '/old', TZ: 'UTC' } };
    const mcpServers = { servonaut: found };
    const { env = {} } = fields as { env?: object };
    const { mcpServers: servers } = JSON.parse(edited(name, JSON.stringify({ mcpServers }), fields)) as {
      mcpServers: Record<string, unknown>;
    };
    expect(servers['servonaut']).toEqual({ ...fields, timeout: 600_000, env: { ...found.env, ...env } });
  });

  it('stays in TOML', () => {
    const text = '[mcp_servers.servonaut]\ncommand = "old"\nargs = ["mcp", "serve"]\ntool_timeout_sec = 600\n';
    expect(parseToml(edited('codex', text, client('codex').fields(LOCAL)))).toEqual({
      mcp_servers: { servonaut: { ...client('codex').fields(LOCAL), tool_timeout_sec: 600 } },
    });
  });

  it('is not sent to another address', () => {
    const text = '{ "mcpServers": { "servonaut": { "url": "https://other.example", "headers": { "X-Key": "k" } } } }';
    expect(edited('cursor', text, client('cursor').fields(HOSTED))).not.toContain('X-Key');
  });
});

describe('the file of a client', () => {
  it('is where its own variable says', () => {
    const variables = { CLAUDE_CONFIG_DIR: '/w/claude', CODEX_HOME: '/w/codex' };
    const files = (['claude', 'codex'] as const).map((name) => agentClient(name, '/home/me', variables).file);
    expect(files).toEqual(['/w/claude/.claude.json', '/w/codex/config.toml']);
  });
});
