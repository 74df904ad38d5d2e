import { measureInTurn, type Call } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { worstCommands } from '../subjects/worst-commands.ts';
import { besideEachOther } from './turns.ts';

const SHELL = new URL('../../../apps/cli/dist/policy/shell/', import.meta.url).href;
const ORDINARY = [
  'uptime',
  'ls -la /var/log',
  'df -h | sort -k5 -n | tail -5',
  'find /var/log -name "*.gz" -mtime +7 -exec ls -l {} \\;',
  'for f in /etc/*.conf; do echo "$f"; head -5 "$f"; done',
  "awk -F: '$3 >= 1000 { print $1 }' /etc/passwd",
  'if [ -f /etc/os-release ]; then cat /etc/os-release; else uname -a; fi',
];
/** Of the wire, of which no command is longer, and a text that is longer than it may be. */
const LENGTHS = { '64 KiB': 65_500, '1 MiB': 1_048_576 };
const ROUNDS = 3;
const NOTE = 'The worst commands are the slowest of 31 kinds, each the fastest of three times.';

/** What the executor's build makes of a command. There is no way to it alone from outside. */
interface Classifier {
  classifyCommand(command: string, table: object): unknown;
}
interface Tables {
  loadCommandTable(): object;
}

/** How long it takes to tell what a command can do. */
export async function measureCommandClass(calls: number): Promise<Measured> {
  const classifier = (await import(`${SHELL}classify-command.js`)) as Classifier;
  const tables = (await import(`${SHELL}command-table.js`)) as Tables;
  const table = tables.loadCommandTable();
  const classify = (command: string) => void classifier.classifyCommand(command, table);
  const name = 'the class of an ordinary command';
  const counts = { calls: calls * 20, concurrency: 1, warmUp: 2_000, rewarm: 0, slices: 5 };
  const figures = await measureInTurn({ [name]: ordinary(classify) }, counts);
  const worst = Object.entries(LENGTHS).map(([length, characters]) =>
    judge(`the class of the worst ${length}, ms`, slowest(worstCommands(characters), classify), 100),
  );
  return {
    rows: besideEachOther(figures),
    budgets: [judge('the class of an ordinary command: p50, ms', figures[name]?.p50 ?? Number.NaN, 1), ...worst],
    notes: [NOTE],
  };
}

function ordinary(classify: (command: string) => void): Call {
  let next = 0;
  return () => {
    classify(ORDINARY[next++ % ORDINARY.length] ?? '');
    return Promise.resolve();
  };
}

function slowest(commands: Readonly<Record<string, string>>, classify: (command: string) => void): number {
  return Math.max(...Object.values(commands).map((command) => fastest(() => classify(command))));
}

function fastest(run: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    run();
    return performance.now() - begin;
  });
  return Math.min(...times);
}
