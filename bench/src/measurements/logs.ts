import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSshd } from '@servonaut/testkit';
import { measureInTurn } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { bareSsh2 } from '../subjects/bare-ssh2.ts';
import { ANOMALIES, plantLogs } from '../subjects/planted-logs.ts';
import { callTool, servonaut } from '../subjects/servonaut.ts';
import type { Target } from '../subjects/target.ts';
import type { World } from '../world.ts';
import { besideEachOther } from './turns.ts';

const SERVERS = 10;
const LINES = 50_000;
const TURNS = { calls: 30, concurrency: 1, warmUp: 5, rewarm: 1, slices: 10 };
/** Characters of a token, as tokens of English text and of logs are usually reckoned. */
const TOKEN_LENGTH = 4;
/** In the folder where a command starts, which is another on each server although all are one machine. */
const PATH = '/proc/self/cwd/app.log';

const SUMMARY = 'servonaut, ten logs summarized in one call';
const READING = "bare ssh2, ten at once: grep -e '', which is all lines";
const SEARCHING = 'bare ssh2, ten at once: grep of what no line has';

interface Answer {
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent: { readonly combined?: { readonly rows: readonly { readonly count: number }[] } };
}

/** One call that says what ten logs of 50,000 lines say, beside ten bare ssh2 connections that read the same lines and do nothing with them. */
export async function measureLogs(world: World): Promise<Measured> {
  const names = Array.from({ length: SERVERS }, (_, at) => `log-${at}`);
  const folder = plantLogs(mkdtempSync(join(tmpdir(), 'servonaut-bench-logs-')), names, LINES);
  world.atTheEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const targets = await Promise.all(names.map((name) => sshdIn(world, join(folder, name))));
  const ours = await servonaut(targets, {}, names);
  world.atTheEnd(() => ours.stop());
  const reading = await Promise.all(targets.map((target) => bareSsh2(target, `grep -e '' ${PATH}`)));
  const searching = await Promise.all(targets.map((target) => bareSsh2(target, `grep -c nowhere ${PATH} || true`)));
  const summarize = (): Promise<unknown> =>
    callTool(ours.agent, 'get_logs', { servers: ['log-*'], path: PATH, summarize: true });
  const noted = noteOf((await summarize()) as Answer);
  const figures = await measureInTurn(
    {
      [READING]: () => Promise.all(reading.map(({ call }) => call())),
      [SEARCHING]: () => Promise.all(searching.map(({ call }) => call())),
      [SUMMARY]: summarize,
    },
    TURNS,
  );
  await Promise.all([...reading, ...searching].map((one) => one.stop()));
  const factor = (figures[SUMMARY].p50 / figures[SEARCHING].p50).toFixed(1);
  return {
    rows: besideEachOther(figures),
    budgets: [
      judge('ten logs summarized in one call / ten greps at once that return all lines', ratio(figures), 1.5),
      judge('the same: thousands of tokens of the answer', noted.tokens / 1_000, 4),
      judge('the same: planted anomalies that the answer does not have', noted.missing.length, 0),
    ],
    notes: [`${noted.text} It takes ${factor} times as long as ten greps that return nothing.`],
  };
}

function ratio(figures: Readonly<Record<typeof SUMMARY | typeof READING, { readonly p50: number }>>): number {
  return figures[SUMMARY].p50 / figures[READING].p50;
}

async function sshdIn(world: World, folder: string): Promise<Target> {
  const sshd = await startSshd({
    config: ['LogLevel INFO', `ForceCommand cd ${folder} && eval "$SSH_ORIGINAL_COMMAND"`],
  });
  world.atTheEnd(() => sshd.stop());
  return { ...sshd, knownHostsLine: sshd.hostKeyLine };
}

/** What the answer is worth to who asked. */
function noteOf({ content, structuredContent: { combined } }: Answer): {
  readonly tokens: number;
  readonly missing: readonly string[];
  readonly text: string;
} {
  const text = content.map((part) => part.text).join('\n');
  const lines = combined?.rows.reduce((sum, { count }) => sum + count, 0);
  if (!combined || lines !== SERVERS * LINES) throw new Error(`${lines} lines were counted: ${text.slice(0, 1_000)}`);
  const tokens = Math.ceil(text.length / TOKEN_LENGTH);
  const structured = Math.ceil(JSON.stringify(combined).length / TOKEN_LENGTH);
  return {
    tokens,
    missing: ANOMALIES.filter((anomaly) => !text.includes(anomaly)),
    text: `${SERVERS} x ${LINES} lines became ${combined.rows.length} templates: a text of ${tokens} tokens, counted as characters / ${TOKEN_LENGTH} (its structured form besides: ${structured}).`,
  };
}
