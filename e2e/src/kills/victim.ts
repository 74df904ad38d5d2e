import { existsSync, readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TestOperator, TestProcess } from '@servonaut/testkit';

/** The load makes the journal grow by more than it may within a second or two. */
const LONGEST_WITHOUT_COMPACTION_MS = 30_000;

/** `servonaut connect` of one operator, as often as it is killed. */
export class Victim {
  /** Ids of the requests of which some life has journalled that they succeeded. */
  readonly journalled = new Set<string>();
  /** What the kills came upon, each counted once a kill. */
  readonly cameUpon = { running: 0, resultsWaiting: 0, compacting: 0 };
  readonly #operator: TestOperator;
  #process: TestProcess | undefined;

  constructor(operator: TestOperator) {
    this.#operator = operator;
  }

  /** Resolves when the process is there, long before it is connected. */
  async start(): Promise<void> {
    this.#process = await this.#operator.start(['connect', '--json']);
  }

  /** Resolves with how long that has taken, in milliseconds. */
  async connected(): Promise<number> {
    const began = performance.now();
    await this.#process?.waitForLine(/"event":"connected"/, 60_000);
    return performance.now() - began;
  }

  /** Resolves when the file that is to be the next journal has come. */
  async writesJournalAnew(): Promise<void> {
    const timeout = AbortSignal.timeout(LONGEST_WITHOUT_COMPACTION_MS);
    const next = `${basename(this.journalPath)}.new`;
    for await (const { filename } of watch(dirname(this.journalPath), { signal: timeout }))
      if (filename === next) return;
  }

  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.exited;
    this.#lookAtJournal();
  }

  async stop(): Promise<void> {
    await this.#process?.stop(15_000);
  }

  get journalPath(): string {
    return join(this.#operator.stateDir, 'profiles', 'default', 'journal');
  }

  #lookAtJournal(): void {
    const last = new Map(this.#records().map((record) => [record.id, record]));
    const has = (event: string): number => ([...last.values()].some((record) => record.event === event) ? 1 : 0);
    this.cameUpon.running += has('started');
    this.cameUpon.resultsWaiting += has('finished');
    this.cameUpon.compacting += existsSync(`${this.journalPath}.new`) ? 1 : 0;
    for (const { event, id = '', result } of last.values())
      if (event === 'finished' && result?.status === 'success') this.journalled.add(id);
  }

  /** Those that are whole. */
  #records(): JournalRecord[] {
    const lines = readFileSync(this.journalPath, 'utf8').split('\n');
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line.slice(line.indexOf(' ') + 1)) as JournalRecord];
      } catch {
        return [];
      }
    });
  }
}

/** As far as it is looked at here. */
interface JournalRecord {
  readonly event: string;
  readonly id?: string;
  readonly result?: { readonly status: string };
}
