import { startCoordinator, startProcess, waitFor, type TestCoordinator, type TestProcess } from '@servonaut/testkit';
import { memoryIsTold, settledBytes } from '../resident-memory.ts';
import { judge, type Measured } from '../report.ts';
import { COLLECTED } from '../subjects/collected.ts';
import { aUser } from '../subjects/coordinator-admin.ts';

const EXECUTORS = 5_000;
/** Connected before the first look, so that neither code that is compiled once nor pools that are filled once count as an executor's. */
const FIRST = 500;
const EXECUTORS_PER_USER = 10;
const CLIENT = new URL('../subjects/idle-executors.ts', import.meta.url).pathname;
const COLLECTOR = new URL('../subjects/collect-garbage.ts', import.meta.url).href;
const MIB = 1024 ** 2;

/** What an executor that is connected and does nothing costs the coordinator: its stream, its presence and its manifest. */
export async function measureIdle(): Promise<Measured> {
  if (!memoryIsTold) return { rows: {}, budgets: [], notes: ['idle executors: not measured, there is no /proc.'] };
  const coordinator = await startCoordinator({ env: { NODE_OPTIONS: `--import=${COLLECTOR}`, LOG_LEVEL: 'warn' } });
  const tokens = await someTokens(coordinator, (FIRST + EXECUTORS) / EXECUTORS_PER_USER);
  const first = await connectIdle(coordinator, tokens.splice(0, FIRST / EXECUTORS_PER_USER));
  const before = await residentAfterCollection(coordinator);
  const all = await connectIdle(coordinator, tokens);
  const after = await residentAfterCollection(coordinator);
  const online = await executorsOnline(coordinator);
  if (online !== FIRST + EXECUTORS) throw new Error(`${online} executors are online instead of ${FIRST + EXECUTORS}`);
  await Promise.all([first.stop(), all.stop()]);
  await coordinator.stop();
  return {
    rows: {},
    budgets: [
      judge(
        "an idle executor on one coordinator: the coordinator's memory, KB",
        (after - before) / EXECUTORS / 1_000,
        30,
      ),
    ],
    notes: [
      `${EXECUTORS} idle executors of ${EXECUTORS / EXECUTORS_PER_USER} users, each registered with the first-party tools and with a stream open: after a forced garbage collection\nthe coordinator had ${(before / MIB).toFixed(0)} MiB resident with ${FIRST} executors and ${(after / MIB).toFixed(0)} MiB with ${EXECUTORS} more.`,
    ],
  };
}

async function someTokens(coordinator: TestCoordinator, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let user = 0; user < count; user++) tokens.push(await aUser(coordinator, `operator-${user}`, 'relay:connect'));
  return tokens;
}

function connectIdle({ url }: TestCoordinator, tokens: readonly string[]): Promise<TestProcess> {
  const stdin = JSON.stringify({ url, tokens, executorsPerToken: EXECUTORS_PER_USER });
  return startProcess({
    command: process.execPath,
    args: [CLIENT],
    stdin,
    ready: /^connected$/,
    readyTimeoutMs: 120_000,
  });
}

async function residentAfterCollection({ process }: TestCoordinator): Promise<number> {
  const collections = (): number => process.stdout.filter((line) => line === COLLECTED).length;
  const before = collections();
  process.kill('SIGUSR2');
  await waitFor(() => collections() > before, { what: 'a garbage collection', timeoutMs: 30_000 });
  return settledBytes(process.pid);
}

async function executorsOnline({ url }: TestCoordinator): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(metrics.match(/^servonaut_relay_executors_online (\d+)$/m)?.[1]);
}
