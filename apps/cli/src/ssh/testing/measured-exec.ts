import { randomUUID } from 'node:crypto';
import { rawShell } from '@servonaut/plugin-sdk';
import { loadInventory } from '../../inventory/inventory.ts';
import type { StrategyWish } from '../../inventory/server.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh-settings.ts';

/** A program: runs `command` on the server `web-1` of an ssh_config, by a strategy, and prints the result and by how much memory it has grown at most. */
const [sshConfigPath, command = '', strategy = 'auto'] = process.argv.slice(2);
const account = { home: '/nonexistent', user: 'nobody', agentSocket: undefined };
const inventory = await loadInventory({
  configDir: '/nonexistent',
  account,
  sshConfigPath,
  strategy: strategy as StrategyWish,
});
const shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS);
const exec = (text: string) =>
  shell.exec(inventory.get('web-1'), rawShell(text), {
    requestId: randomUUID(),
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  });
const peakBytes = () => process.resourceUsage().maxRSS * 1_024;

await exec('true');
const before = peakBytes();
const result = await exec(command);
const grownBytes = peakBytes() - before;
shell.close();
process.stdout.write(JSON.stringify({ result, grownBytes }));
