import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import fc from 'fast-check';
import { SshPool } from '../ssh/ssh-pool.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh/ssh-settings.ts';
import type { AlgorithmOption, Server, SshTarget } from './server.ts';
import { SshConfig } from './ssh-config.ts';
import { sshTarget } from './ssh-targets.ts';
import { startConfigWorld, type LiveWorld } from './testing/config-world.ts';
import { generatedConfig, type GeneratedConfig } from './testing/generated-configs.ts';
import type { RecordedConnection } from './testing/recording-server.ts';

/** `npm run ssh-configurations` makes 300; `SSH_CONFIGURATIONS_SEED` makes them other ones. */
const COUNT = Number(process.env['SSH_CONFIGURATIONS'] ?? 12);
const SEED = Number(process.env['SSH_CONFIGURATIONS_SEED'] ?? 20_261_123);
/** Milliseconds for one configuration, at most. */
const EACH_MS = 10_000;

/** From so many on, each kind of outcome is to be among them. */
const ENOUGH = 100;

/** What became of a connect. */
type Outcome = 'in' | 'host key' | 'no key fits' | 'failed';

interface Done {
  readonly outcome: Outcome;
  readonly connections: readonly Omit<RecordedConnection, 'algorithms'>[];
  readonly proxyCalls: readonly string[];
}

let world: LiveWorld;

beforeAll(async () => {
  world = await startConfigWorld();
  process.env['TEST_AGENT'] = world.agentSocket;
}, 30_000);
afterAll(() => world.close());

/** A key that several files hold may be offered once or several times: it was refused already. */
function done(outcome: Outcome, seen = world.server.take()): Done {
  const connections = seen.map(({ algorithms: _, offered, ...rest }) => ({ ...rest, offered: [...new Set(offered)] }));
  return { outcome, connections, proxyCalls: world.takeProxyCalls() };
}

/** How often what was generated came to something, so that a change to the generator which makes it harmless is seen. */
const tally = new Map<string, number>();
const count = (...things: readonly string[]) => {
  for (const thing of things) tally.set(thing, (tally.get(thing) ?? 0) + 1);
};

/** What ssh(1) does, and whether it went on although the host key was another one, which we never do. */
async function bySsh(path: string, destination: string): Promise<Done & { goesOnAnyway: boolean }> {
  const args = ['-F', path, '-T', '-n', '-o', 'BatchMode=yes', '--', destination, 'true'];
  const env = { PATH: process.env['PATH'], SSH_AUTH_SOCK: world.agentSocket, TEST_AGENT: world.agentSocket };
  const ssh = spawn('ssh', args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const timer = setTimeout(() => process.kill(-(ssh.pid ?? 0), 'SIGKILL'), EACH_MS / 2);
  let said = '';
  ssh.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(ssh, 'close')) as [number | null];
  clearTimeout(timer);
  const isDistrusted = said.includes('Host key verification failed');
  const outcome: Outcome =
    code === 0 ? 'in' : isDistrusted ? 'host key' : said.includes('Permission denied') ? 'no key fits' : 'failed';
  return { ...done(outcome), goesOnAnyway: said.includes('HAS CHANGED') && !isDistrusted };
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ServonautError)) throw error;
  if (error.code === 'host_key_unknown' || error.code === 'host_key_changed') return 'host key';
  // There is no file into which a new key could be put, so that it is not trusted.
  if (error.code === 'config_invalid' && error.message.includes('known_hosts')) return 'host key';
  return error.code === 'ssh_auth_failed' ? 'no key fits' : 'failed';
}

const { homedir: home, username: user } = userInfo();
const account = () => ({ home, user, agentSocket: world.agentSocket });

function targetBy(program: string, path: string, destination: string): Promise<SshTarget> {
  const config = new SshConfig({ account: account(), path, program });
  return sshTarget('asked', { destination }, { config, account: account() });
}

async function byOurselves(target: SshTarget): Promise<Done> {
  const server: Server = { name: 'asked', labels: {}, source: 'ssh_config', target: () => Promise.resolve(target) };
  const pool = new SshPool(DEFAULT_SSH_SETTINGS);
  try {
    const outcome = await pool.connect(server).then((): Outcome => 'in', outcomeOf);
    const seen = world.server.take();
    checkAlgorithms(seen, target);
    return done(outcome, seen);
  } finally {
    pool.close();
  }
}

/** Which of the allowed ones is taken is a matter of speed. */
function checkAlgorithms(seen: readonly RecordedConnection[], target: SshTarget): void {
  const way = [...target.jumps, target];
  for (const [index, { algorithms }] of seen.entries()) {
    for (const [option, name] of Object.entries(algorithms)) {
      expect(way[index]?.algorithms[option as AlgorithmOption]?.split(',')).toContain(name);
    }
  }
}

async function check({ config, included, destination, differences }: GeneratedConfig): Promise<void> {
  const path = world.write({ config, included, destination, differences });
  world.restore();
  const theirs = await bySsh(path, destination);
  world.restore();
  const target = await targetBy('ssh', path, destination).catch(outcomeOf);
  if (typeof target === 'string') return expect(theirs.outcome).toBe('failed');
  const ours = await byOurselves(target);
  if (theirs.goesOnAnyway) expect(ours.outcome).toBe('host key');
  else
    expect(ours).toEqual({ outcome: theirs.outcome, connections: theirs.connections, proxyCalls: theirs.proxyCalls });

  count(theirs.outcome, ...target.jumps.map(() => 'a jump'), ...theirs.proxyCalls.map(() => 'a proxy'));
  if (differences.size > 0) return;
  count('read without ssh');
  const read = await targetBy('/nonexistent/ssh', path, destination);
  expect(comparable(read)).toEqual(comparable(target));
}

/** Lists of algorithms are whole where ssh prints them, and only what the file says where it is read without. */
function comparable(target: SshTarget): unknown {
  return { ...target, algorithms: undefined, jumps: target.jumps.map(comparable) };
}

describe('a generated configuration', () => {
  it(
    'is followed as by ssh, and read the same where there is no ssh',
    async () => {
      await fc.assert(fc.asyncProperty(generatedConfig(world), check), { numRuns: COUNT, seed: SEED });
      if (COUNT >= ENOUGH) {
        const rare = ['in', 'host key', 'no key fits', 'a jump', 'a proxy', 'read without ssh'].filter(
          (thing) => !((tally.get(thing) ?? 0) >= COUNT / 30),
        );
        expect(rare).toEqual([]);
      }
    },
    COUNT * EACH_MS,
  );
});
