import { randomUUID } from 'node:crypto';
import { rawShell } from '@servonaut/plugin-sdk';
import type { SshTarget } from '../../inventory/server.ts';
import { SshPool } from '../ssh-pool.ts';
import { SshRemoteShell } from '../ssh-remote-shell.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh-settings.ts';

/** A program: connects to a target, says so, and waits to be killed. */
const [controlDir, targetText = ''] = process.argv.slice(2);
const target = JSON.parse(targetText) as SshTarget;
const shell = new SshRemoteShell(DEFAULT_SSH_SETTINGS, new SshPool(DEFAULT_SSH_SETTINGS, controlDir));
await shell.exec(
  { name: 'web-1', labels: {}, source: 'ssh_config', target: () => Promise.resolve(target) },
  rawShell('true'),
  { requestId: randomUUID(), timeoutMs: 20_000, signal: new AbortController().signal },
);
console.log('connected');
setInterval(() => undefined, 60_000);
