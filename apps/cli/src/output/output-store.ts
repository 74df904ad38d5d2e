import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputKeeping, OutputStream } from '../ssh/output-keeping.ts';
import { CommandOutput, type RequestFiles } from './command-output.ts';
import { KeptFile } from './kept-file.ts';
import { KeptFolder, OUTPUT_FOLDER } from './kept-folder.ts';
import type { KeptRecord, OutputCaller } from './kept-record.ts';
import { OutputReader } from './output-reader.ts';
import type { OutputSettings } from './output-settings.ts';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

export interface OutputStoreOptions {
  readonly stateDir: string;
  readonly settings: OutputSettings;
  /** Told, for the operator, why an output was not kept. */
  readonly onFault: (requestId: string | undefined, error: unknown) => void;
  readonly now?: () => number;
}

/** Long outputs as they came, on the operator's disk, for a while. */
export class OutputStore {
  readonly #settings: OutputSettings;
  readonly #onFault: OutputStoreOptions['onFault'];
  readonly #now: () => number;
  readonly #folder: KeptFolder;
  readonly reader: OutputReader;
  #tidying: NodeJS.Timeout | undefined;

  constructor({ stateDir, settings, onFault, now = Date.now }: OutputStoreOptions) {
    const path = join(stateDir, OUTPUT_FOLDER);
    const mostAgeMs = settings.output_keep_hours * HOUR_MS;
    this.#settings = settings;
    this.#onFault = onFault;
    this.#now = now;
    const mostBytes = settings.output_keep_mib * MIB;
    this.#folder = new KeptFolder({ path, mostBytes, mostAgeMs, now, onFault: (error) => onFault(undefined, error) });
    this.reader = new OutputReader(this.#folder, mostAgeMs, now);
  }

  /**
   * For each command of a call what keeps its output. Of several whose output is long the first is kept.
   * @returns undefined when none is to be kept
   */
  keepingFor(requestId: string, caller: OutputCaller): (() => OutputKeeping) | undefined {
    if (this.#settings.output_keep_mib === 0) return undefined;
    let isTaken = false;
    const claim = (): RequestFiles | undefined => {
      if (isTaken) return undefined;
      isTaken = true;
      return this.#files(requestId, caller);
    };
    return () => new CommandOutput(this.#settings.output_keep_over_kib * 1_024, claim);
  }

  /** Removes what is too old, now and every hour until it is closed. */
  keepTidy(): void {
    const tidy = (): void => void this.#folder.tidy().catch((error: unknown) => this.#onFault(undefined, error));
    tidy();
    this.#tidying = setInterval(tidy, HOUR_MS).unref();
  }

  close(): void {
    clearInterval(this.#tidying);
  }

  #files(requestId: string, { principal, server }: OutputCaller): RequestFiles {
    const folder = this.#folder;
    const owner = principal ? { kind: principal.kind, id: principal.id } : null;
    const record: KeptRecord = { server, principal: owner, at: this.#now() };
    const onFault = once((error: unknown) => this.#onFault(requestId, error));
    const prepared = this.#begin(requestId, record);
    let left = this.#settings.output_keep_request_mib * MIB;
    const take = (bytes: number): number => {
      const taken = folder.take(requestId, Math.min(bytes, left));
      left -= taken;
      return taken;
    };
    const stallMs = this.#settings.output_keep_stall_ms;
    return {
      file: (stream: OutputStream, onDrain) =>
        new KeptFile({ path: folder.path(requestId, stream), prepared, take, stallMs, onDrain, onFault }),
      end: async (written, files) => {
        const kept = await Promise.all(files.map((file) => file.end()));
        const isKept = kept.every(Boolean) && (await this.#end(requestId, { ...record, written }, onFault));
        folder.end(requestId);
        return isKept;
      },
    };
  }

  async #begin(requestId: string, record: KeptRecord): Promise<void> {
    await this.#folder.begin(requestId);
    await writeFile(this.#folder.path(requestId, 'json'), JSON.stringify(record), { flag: 'wx', mode: 0o600 });
  }

  async #end(requestId: string, record: KeptRecord, onFault: (error: unknown) => void): Promise<boolean> {
    try {
      const path = this.#folder.path(requestId, 'json.new');
      await writeFile(path, JSON.stringify(record), { mode: 0o600 });
      await rename(path, this.#folder.path(requestId, 'json'));
      return true;
    } catch (error) {
      onFault(error);
      return false;
    }
  }
}

/** Both streams fail for the same reason. */
function once<Value>(listener: (value: Value) => void): (value: Value) => void {
  let isTold = false;
  return (value) => {
    if (isTold) return;
    isTold = true;
    listener(value);
  };
}
