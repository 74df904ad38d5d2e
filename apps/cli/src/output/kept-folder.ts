import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Its name in the state folder of a profile. */
export const OUTPUT_FOLDER = 'output';

/** The files of a request: `<id>.json`, `<id>.stdout` and `<id>.stderr`. */
const KEPT_NAME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(json|json\.new|stdout|stderr)$/;

export type KeptPart = 'json' | 'json.new' | 'stdout' | 'stderr';

export interface KeptFolderOptions {
  readonly path: string;
  readonly mostBytes: number;
  readonly mostAgeMs: number;
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

interface KeptRequest {
  bytes: number;
  /** When something of it was last written, in milliseconds since the epoch. */
  at: number;
  /** A command of this process writes to it, so that it is not removed. */
  writing: boolean;
}

/** The folder of kept outputs, bounded in size and age. Other processes of the profile may write to it too, and remove what is old. */
export class KeptFolder {
  readonly #options: KeptFolderOptions;
  /** By id, the oldest first. */
  #requests = new Map<string, KeptRequest>();
  #total = 0;
  #ready: Promise<void> | undefined;

  constructor(options: KeptFolderOptions) {
    this.#options = options;
  }

  path(id: string, part: KeptPart): string {
    return join(this.#options.path, `${id}.${part}`);
  }

  /** Makes a request known that is about to be written. @throws when the folder cannot be made, or read */
  async begin(id: string): Promise<void> {
    this.#ready ??= this.#prepare();
    await this.#ready.catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    this.#requests.set(id, { bytes: 0, at: this.#options.now(), writing: true });
  }

  /** How many of so many bytes of the request there is room for, once those of older requests have made it. */
  take(id: string, bytes: number): number {
    this.#makeRoom(bytes);
    const taken = Math.min(bytes, Math.max(0, this.#options.mostBytes - this.#total));
    const request = this.#requests.get(id);
    if (request) request.bytes += taken;
    this.#total += taken;
    return taken;
  }

  end(id: string): void {
    const request = this.#requests.get(id);
    if (!request) return;
    request.writing = false;
    request.at = this.#options.now();
  }

  /** Looks at what is there, also of other processes, and removes what is too old or too much. */
  async tidy(): Promise<void> {
    const found = await this.#found();
    const oldest = this.#options.now() - this.#options.mostAgeMs;
    const written = [...this.#requests].filter(([, { writing }]) => writing);
    for (const [id] of written) found.delete(id);
    const ended = [...found].sort(([, one], [, other]) => one.at - other.at);
    this.#requests = new Map([...ended, ...written]);
    this.#total = [...this.#requests.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [id, { at }] of ended) if (at < oldest) this.#remove(id);
    this.#makeRoom(0);
  }

  async #prepare(): Promise<void> {
    const { path } = this.#options;
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    await this.tidy();
  }

  async #found(): Promise<Map<string, KeptRequest>> {
    const found = new Map<string, KeptRequest>();
    for (const name of (await readdir(this.#options.path).catch(unlessGone)) ?? []) {
      const id = KEPT_NAME.exec(name)?.[1];
      if (id === undefined) continue;
      const file = await stat(join(this.#options.path, name)).catch(unlessGone);
      if (!file) continue;
      const request = found.get(id) ?? { bytes: 0, at: 0, writing: false };
      found.set(id, { ...request, bytes: request.bytes + file.size, at: Math.max(request.at, file.mtimeMs) });
    }
    return found;
  }

  #makeRoom(bytes: number): void {
    for (const [id, { writing }] of this.#requests) {
      if (this.#total + bytes <= this.#options.mostBytes) return;
      if (!writing) this.#remove(id);
    }
  }

  #remove(id: string): void {
    this.#total -= this.#requests.get(id)?.bytes ?? 0;
    this.#requests.delete(id);
    // What can be read by its record goes last.
    const parts: KeptPart[] = ['stdout', 'stderr', 'json.new', 'json'];
    const removed = parts.map((part) => rm(this.path(id, part), { force: true }));
    Promise.all(removed).catch(this.#options.onFault);
  }
}

/** Another process may have removed it just now, and before anything was kept there is no folder. */
function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
