import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  anOperator,
  startCoordinator,
  startSshd,
  type TestCoordinator,
  type TestOperator,
  type TestSshd,
} from '@servonaut/testkit';
import { Chance } from './chance.ts';
import { Load } from './load.ts';
import { judge, type Verdict } from './verdict.ts';
import { Victim } from './victim.ts';

export interface KillOptions {
  readonly seed: number;
  /** How often the executor is killed. */
  readonly points: number;
  readonly agents: number;
  readonly onPoint?: (point: number, moment: Moment) => void;
}

export interface KillFigures extends Verdict {
  readonly seed: number;
  readonly moments: Readonly<Record<Moment, number>>;
  /** At how many kills a request ran, a result had not been taken, and the journal was just being written anew. */
  readonly cameUpon: Victim['cameUpon'];
  /** Commands asked for. */
  readonly asked: number;
  /** What is wrong with the executor's own audit, by itself and beside that of the coordinator. */
  readonly auditFaults: readonly unknown[];
  /** Of the journal in the end. Had it never been written anew, it would have more than a thousand for each command. */
  readonly journalBytes: number;
  readonly seconds: number;
}

/** When the executor is killed: after a request was sent, while it starts, while results wait since the coordinator does not answer, or while the journal is written anew. */
const MOMENTS = ['request', 'start-up', 'delivery', 'compaction'] as const;
type Moment = (typeof MOMENTS)[number];

const COMPACT_KIB = '16';
/** Most calls that are let through before one that is followed by a kill. */
const MOST_CALLS = 30;
/** Longest time after a call was sent, in milliseconds. Most are answered by then. */
const AFTER_CALL_MS = 60;
/** Longest time for which the coordinator is held, in milliseconds. */
const HELD_MS = 300;

/** Kills `servonaut connect` under load, again and again, and looks at what is said of every request in the end. */
export async function killExecutor(options: KillOptions): Promise<KillFigures> {
  const began = performance.now();
  const chance = new Chance(options.seed);
  const [sshd, coordinator] = await Promise.all([startSshd(), startCoordinator({ env: { RELAY_JOURNAL_MIB: '512' } })]);
  const { executor_token: token, agent_token: agentToken } = coordinator.bootstrap();
  const operator = await anOperator({ ...machineOf(sshd), url: coordinator.url, token });
  const victim = new Victim(operator);
  const trace = join(sshd.home, 'marks');
  const load = new Load(chance, trace);
  try {
    await victim.start();
    await victim.connected();
    await load.start(coordinator.url, agentToken, options.agents);
    const moments = await killAgainAndAgain({ ...options, chance, victim, load, coordinator });
    await load.stop();
    await load.untilServerIsIdle();
    const verdict = await judge(load, trace, victim.journalled);
    const auditFaults = await faultsOfAudit(operator);
    const journalBytes = statSync(victim.journalPath).size;
    const seconds = Math.round((performance.now() - began) / 1_000);
    return {
      seed: options.seed,
      moments,
      cameUpon: victim.cameUpon,
      asked: load.asked.length,
      ...verdict,
      auditFaults,
      journalBytes,
      seconds,
    };
  } finally {
    await load.close();
    await victim.stop();
    await Promise.all([coordinator.stop(), sshd.stop()]);
  }
}

interface Scene extends KillOptions {
  readonly chance: Chance;
  readonly victim: Victim;
  readonly load: Load;
  readonly coordinator: TestCoordinator;
}

async function killAgainAndAgain(scene: Scene): Promise<Record<Moment, number>> {
  const { chance, victim, points, onPoint } = scene;
  const moments: Record<Moment, number> = { request: 0, 'start-up': 0, delivery: 0, compaction: 0 };
  let startUpMs = 1_000;
  for (let point = 1; point <= points; point += 1) {
    const moment = chance.oneOf(MOMENTS);
    moments[moment] += 1;
    if (moment === 'start-up') await delay(chance.below(startUpMs));
    else {
      startUpMs = Math.max(await victim.connected(), startUpMs / 2);
      await UNTIL[moment](scene);
    }
    await victim.kill();
    if (moment === 'delivery') signal(scene.coordinator, 'SIGCONT');
    onPoint?.(point, moment);
    await victim.start();
  }
  await victim.connected();
  return moments;
}

async function afterCall({ chance, load }: Scene): Promise<void> {
  for (let calls = chance.below(MOST_CALLS); calls > 0; calls -= 1) await load.nextCall();
  await delay(chance.below(AFTER_CALL_MS));
}

async function whileResultsWait({ chance, load, coordinator }: Scene): Promise<void> {
  await load.nextCall();
  await delay(chance.below(AFTER_CALL_MS / 3));
  signal(coordinator, 'SIGSTOP');
  await delay(chance.below(HELD_MS));
}

/** Whatever of the load makes the journal grow: the file beside it is there for less than a millisecond. */
async function whileCompacting({ victim, chance }: Scene): Promise<void> {
  const atOnce = chance.below(2) < 1;
  await victim.writesJournalAnew();
  if (!atOnce) await delay(chance.below(2));
}

const UNTIL = { request: afterCall, delivery: whileResultsWait, compaction: whileCompacting };

function signal({ process: coordinator }: TestCoordinator, name: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(-coordinator.pid, name);
}

async function faultsOfAudit(operator: TestOperator): Promise<unknown[]> {
  const { stdout } = await operator.run(['audit', 'verify', '--against-coordinator', '--json']);
  const { entries, faults, comparison } = JSON.parse(stdout) as Audit;
  return entries === 0 ? ['nothing is recorded'] : [...faults, ...comparison.disagreements];
}

interface Audit {
  readonly entries: number;
  readonly faults: readonly unknown[];
  readonly comparison: { readonly disagreements: readonly unknown[] };
}

function machineOf(sshd: TestSshd) {
  const { host, port, user, privateKeyPath: identity_file } = sshd;
  return {
    servers: [{ name: 'web-1', host, port, user, identity_file }],
    knownHosts: [sshd.hostKeyLine],
    env: { SERVONAUT_JOURNAL_COMPACT_KIB: COMPACT_KIB },
  };
}
