import { startProcess } from '@servonaut/testkit';
import { measureInTurn, type Call } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { besideEachOther } from './turns.ts';

const CLI = new URL('../../../apps/cli/bin/run.js', import.meta.url).pathname;

/** The command line's own start, beside that of Node. */
export async function measureVersion(): Promise<Measured> {
  const figures = await measureInTurn(
    { 'node -e 0': run(['-e', '0']), 'servonaut --version': run([CLI, '--version']) },
    { calls: 20, concurrency: 1, warmUp: 2, rewarm: 0, slices: 5 },
  );
  const ratio = figures['servonaut --version'].p50 / figures['node -e 0'].p50;
  return {
    rows: besideEachOther(figures),
    budgets: [judge('servonaut --version p50 / node -e 0 p50', ratio, 4)],
    notes: [],
  };
}

function run(args: readonly string[]): Call {
  return async () => {
    const { exited } = await startProcess({ command: process.execPath, args });
    const end = await exited;
    if (end.code !== 0) throw new Error(`node ${args.join(' ')} exited ${end.code}`);
  };
}
