import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeSshKey, temporaryFolder } from '@servonaut/testkit';
import { ADDRESSES, DESTINATIONS, KEYS, USERS, type ConfigWorld, type GeneratedConfig } from './generated-configs.ts';
import { digest, startRecordingServer, type RecordingServer } from './recording-server.ts';

/** A world in which the generated configurations lead somewhere. */
export interface LiveWorld extends ConfigWorld {
  readonly server: RecordingServer;
  /** Writes a configuration, with the files that it includes; the known_hosts files are as they were. @returns its path */
  write(generated: GeneratedConfig): string;
  /** Puts the known_hosts files back, to which a connect may have added. */
  restore(): void;
  /** With which arguments proxies were called since it was asked last. */
  takeProxyCalls(): string[];
  close(): Promise<void>;
}

/** Speaks TCP for the one that has started it. */
const PROXY = (folder: string) => `echo "$*" >> ${folder}/proxy-calls
exec 3<>"/dev/tcp/$1/$2"
cat <&3 & cat >&3
kill $!
`;

async function makeKeys(folder: string): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const name of KEYS) keys.set(name, (await makeSshKey(join(folder, name))).publicKey);
  return keys;
}

/** Files whose names hold what tokens come to, each with one of the keys. */
function copyKeysByToken(folder: string, ports: readonly number[]): void {
  const names = [...DESTINATIONS, ...USERS, ...ADDRESSES, ...ports, 'gate', 'gate2', '%r', 'front', 'back'];
  const own = [userInfo().uid, hostname().replace(/\..*/, '')];
  const files = [...new Set([...names, ...own].map((name) => `by-${name}`)), 'a#b'];
  for (const [index, file] of files.entries()) {
    copyFileSync(join(folder, KEYS[index % (KEYS.length - 1)] ?? ''), join(folder, file));
  }
}

async function startAgent(socket: string, keys: readonly string[]) {
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(createInterface({ input: agent.stdout }), 'line');
  const add = spawn('ssh-add', ['-q', ...keys], { env: { SSH_AUTH_SOCK: socket, PATH: process.env['PATH'] } });
  await once(add, 'exit');
  return agent;
}

function knownHosts(hostKey: string, otherKey: string): Readonly<Record<string, string>> {
  const good = `* ${hostKey}\n`;
  const other = `* ${otherKey}\n`;
  return {
    good,
    other,
    empty: '',
    alias: `front,back ${hostKey}\n`,
    'with space': good,
    'by-ann': good,
    'by-bob': other,
    'by-root': '',
    '%r': good,
  };
}

const digestOf = (publicKey: string) => digest(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));

export async function startConfigWorld(): Promise<LiveWorld> {
  const folder = await temporaryFolder();
  for (const name of ['keys', 'known', 'included', 'host']) mkdirSync(join(folder, name));
  const keys = await makeKeys(join(folder, 'keys'));
  const host = await makeSshKey(join(folder, 'host', 'key'));
  const other = await makeSshKey(join(folder, 'host', 'other'));
  const server = await startRecordingServer(host.privateKey, digestOf(keys.get('gate') ?? ''), 3);
  copyKeysByToken(join(folder, 'keys'), server.ports);
  writeFileSync(join(folder, 'proxy'), PROXY(folder));
  const agentSocket = join(folder, 'agent');
  const agent = await startAgent(agentSocket, [join(folder, 'keys', 'third'), join(folder, 'keys', 'second')]);
  const known = knownHosts(host.publicKey, other.publicKey);
  const restore = () => {
    for (const [name, text] of Object.entries(known)) writeFileSync(join(folder, 'known', name), text);
  };
  let written = 0;
  return {
    folder,
    ports: server.ports,
    agentSocket,
    server,
    restore,
    write: ({ config, included }) => {
      for (const [name, text] of Object.entries(included)) writeFileSync(join(folder, 'included', name), text);
      const path = join(folder, `config-${written++}`);
      writeFileSync(path, config);
      return path;
    },
    takeProxyCalls: () => {
      const path = join(folder, 'proxy-calls');
      writeFileSync(path, '', { flag: 'a' });
      const calls = readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      rmSync(path);
      return calls;
    },
    close: async () => {
      server.close();
      agent.kill();
      await once(agent, 'exit');
    },
  };
}
