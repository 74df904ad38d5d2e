import { join } from 'node:path';
import type { Environment } from '../../session/environment.ts';

export const CLIENT_NAMES = ['claude', 'cursor', 'vscode', 'codex', 'gemini'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** How a client reaches us. */
export type ServerEntry =
  | { readonly kind: 'hosted'; readonly url: string }
  | {
      readonly kind: 'local';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: EntryVariables;
    };

type EntryVariables = Readonly<Record<string, string>>;

/** What a client keeps of one MCP server. */
export type EntryFields = Readonly<Record<string, string | readonly string[] | EntryVariables>>;

/** A program with agents in it, and where it keeps what MCP servers it knows. */
export interface AgentClient {
  readonly title: string;
  readonly format: 'json' | 'toml';
  /** Of the user, absolute. */
  readonly file: string;
  /** The member that holds the servers by name. */
  readonly section: string;
  fields(entry: ServerEntry): EntryFields;
  /** What is left to do when the hosted one is in its file. */
  readonly signIn: string;
}

type Fields = AgentClient['fields'];

const typed: Fields = (entry) =>
  entry.kind === 'hosted' ? { type: 'http', url: entry.url } : { type: 'stdio', ...program(entry) };
const byUrl: Fields = (entry) => (entry.kind === 'hosted' ? { url: entry.url } : program(entry));
/** To it, `url` is HTTP+SSE. */
const byHttpUrl: Fields = (entry) => (entry.kind === 'hosted' ? { httpUrl: entry.url } : program(entry));

function program({ command, args, env }: Extract<ServerEntry, { kind: 'local' }>): EntryFields {
  return { command, args, env };
}

/**
 * As the makers document them, November 2026:
 * claude: user scope, in $CLAUDE_CONFIG_DIR where that is set, https://code.claude.com/docs/en/mcp
 * cursor: https://cursor.com/docs/mcp.md
 * vscode: user profile, https://code.visualstudio.com/docs/agents/reference/mcp-configuration
 * codex: `[mcp_servers.NAME]`, in $CODEX_HOME, https://developers.openai.com/codex/mcp
 * gemini: https://geminicli.com/docs/tools/mcp-server
 */
export function agentClient(name: ClientName, home: string, variables: Environment['variables']): AgentClient {
  const at = (...parts: string[]): string => join(home, ...parts);
  switch (name) {
    case 'claude':
      return {
        title: 'Claude Code',
        format: 'json',
        file: join(variables['CLAUDE_CONFIG_DIR'] || home, '.claude.json'),
        section: 'mcpServers',
        fields: typed,
        signIn: 'Sign in with "claude mcp login NAME", or with /mcp in a session.',
      };
    case 'cursor':
      return {
        title: 'Cursor',
        format: 'json',
        file: at('.cursor', 'mcp.json'),
        section: 'mcpServers',
        fields: byUrl,
        signIn: 'Cursor asks you to sign in, in its settings of MCP.',
      };
    case 'vscode':
      return {
        title: 'VS Code',
        format: 'json',
        file: join(vscodeFolder(home, variables), 'mcp.json'),
        section: 'servers',
        fields: typed,
        signIn: 'VS Code asks you to sign in when it starts the server: "MCP: List Servers".',
      };
    case 'codex':
      return {
        title: 'Codex',
        format: 'toml',
        file: join(variables['CODEX_HOME'] || at('.codex'), 'config.toml'),
        section: 'mcp_servers',
        fields: byUrl,
        signIn: 'Sign in with "codex mcp login NAME".',
      };
    case 'gemini':
      return {
        title: 'Gemini CLI',
        format: 'json',
        file: at('.gemini', 'settings.json'),
        section: 'mcpServers',
        fields: byHttpUrl,
        signIn: 'Sign in with "/mcp auth NAME" in a session.',
      };
  }
}

function vscodeFolder(home: string, variables: Environment['variables']): string {
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Code', 'User');
  return join(variables['XDG_CONFIG_HOME'] || join(home, '.config'), 'Code', 'User');
}
