import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Call } from '../measure.ts';
import type { Target } from './target.ts';

/** The peer: npm `ssh-mcp` in process over stdio, as its README sets it up, with the least policy that runs a command unasked. */
export async function sshMcp(
  target: Target,
  command: string,
  folder: string,
): Promise<{ call: Call; stop(): Promise<void> }> {
  const configFolder = join(folder, 'ssh-mcp');
  mkdirSync(configFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(configFolder, 'config.toml'), config(target), { mode: 0o600 });
  const client = new Client({ name: 'bench', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [createRequire(import.meta.url).resolve('ssh-mcp/build/index.js')],
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_CONFIG_HOME: folder },
      stderr: 'ignore',
    }),
  );
  return {
    call: async () => {
      const answer = await client.callTool({ name: 'run-command', arguments: { profile: 'bench', command } });
      if (answer.isError === true) throw new Error(`ssh-mcp refused: ${JSON.stringify(answer.content)}`);
    },
    stop: () => client.close(),
  };
}

const config = (target: Target): string => `
[defaults]
defaultProfile = "bench"

[[profiles]]
name = "bench"
host = "${target.host}"
port = ${target.port}
user = "${target.user}"
auth = "key"
keyRef = "${target.privateKeyPath}"
role = "admin"
approvalPolicy = "auto"
trustedHostKey = "${target.hostKeyFingerprint}"
`;
