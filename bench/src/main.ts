import { mkdirSync, writeFileSync } from 'node:fs';
import { measureAudit } from './measurements/audit.ts';
import { measureCommandClass } from './measurements/command-class.ts';
import { measureDecision } from './measurements/decision.ts';
import { measureIdle } from './measurements/idle.ts';
import { measureLogs } from './measurements/logs.ts';
import { measureManyServers } from './measurements/many-servers.ts';
import { measureNoOp } from './measurements/no-op.ts';
import { measureOffline } from './measurements/offline.ts';
import { measureOutput } from './measurements/output.ts';
import { measurePool } from './measurements/pool.ts';
import { measureRedaction } from './measurements/redaction.ts';
import { measureRoundTrip } from './measurements/round-trip.ts';
import { measureStop } from './measurements/stop.ts';
import { measureTokenCheck } from './measurements/token-check.ts';
import { measureTransfer } from './measurements/transfer.ts';
import { TURNS } from './measurements/turns.ts';
import { measureVersion } from './measurements/version.ts';
import { readOptions, USAGE, type MeasurementName, type Options } from './options.ts';
import { merged, printTable, type Measured } from './report.ts';
import { aWorld } from './world.ts';

const options = optionsOrUsage();
const world = aWorld();
const measurements: Record<MeasurementName, () => Promise<Measured>> = {
  'round-trip': () => measureRoundTrip(world, options.calls),
  pool: () => measurePool(world, options.calls),
  audit: () => measureAudit(world, options.calls),
  'many-servers': () => measureManyServers(world),
  logs: () => measureLogs(world),
  'no-op': () => measureNoOp(world, options.calls),
  'token-check': () => measureTokenCheck(world, options.calls),
  decision: () => measureDecision(world, options.calls),
  'command-class': () => measureCommandClass(options.calls),
  redaction: measureRedaction,
  offline: () => measureOffline(world),
  stop: () => measureStop(world),
  version: measureVersion,
  output: () => measureOutput(world),
  transfer: () => measureTransfer(world, options.isLong),
  idle: measureIdle,
};

const found: Measured[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (!options.only.has(name as MeasurementName)) continue;
  // Minutes pass before the first figure: not on stdout, which holds the figures.
  console.error(`measuring ${name} ...`);
  found.push(await measure());
}
await world.stop();
report(merged(found));

function report(measured: Measured): void {
  printTable(measured);
  const results = new URL('../results/', import.meta.url);
  mkdirSync(results, { recursive: true });
  const facts = { at: new Date().toISOString(), node: process.version, calls: options.calls, turns: TURNS };
  writeFileSync(new URL('latest.json', results), JSON.stringify({ ...facts, ...measured }, null, 2));
  console.log('\nas JSON: bench/results/latest.json');
  const exceeded = measured.budgets.filter(({ kept }) => !kept);
  if (exceeded.length === 0) return;
  console.error(`\nexceeded: ${exceeded.map(({ what }) => what).join('; ')}`);
  if (!options.reportOnly) process.exitCode = 1;
}

function optionsOrUsage(): Options {
  try {
    return readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
