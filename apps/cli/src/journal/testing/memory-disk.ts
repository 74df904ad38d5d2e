import type { JournalDisk } from '../journal-file.ts';

/** Thrown by every call of a disk whose process has ended. */
export class Killed extends Error {}

interface Inode {
  /** What a process sees. */
  seen: Buffer;
  /** What is on the platter for certain. */
  kept: Buffer;
}

type Random = () => number;

const NOTHING = Buffer.alloc(0);

/** A disk whose process can be killed, and whose power can be cut, at any call. It keeps files alone: folders are there. */
export class MemoryDisk implements JournalDisk {
  calls = 0;
  /** The call that is the last one; of a write, half is done. */
  diesAt = Infinity;
  /** The error that every write meets, as a full disk would have it. */
  writeFails: string | undefined;
  #seen = new Map<string, Inode>();
  #kept = new Map<string, Inode>();
  readonly #open = new Map<number, Inode | undefined>();
  #nextFile = 3;

  /** The disk as the next process finds it when this one is killed. */
  afterKill(): MemoryDisk {
    return MemoryDisk.#of([...this.#seen].map(([path, { seen }]) => [path, seen]));
  }

  /** The disk as it is found after a power cut: of what was not synced anything may be there, or zeros, or nothing. */
  afterPowerCut(random: Random): MemoryDisk {
    const names = random() < 0.5 ? this.#seen : this.#kept;
    return MemoryDisk.#of([...names].map(([path, inode]) => [path, left(inode, random)]));
  }

  static #of(files: [string, Buffer][]): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [path, bytes] of files) disk.put(path, bytes);
    return disk;
  }

  put(path: string, bytes: Buffer): void {
    const inode = { seen: bytes, kept: bytes };
    this.#seen.set(path, inode);
    this.#kept.set(path, inode);
  }

  get(path: string): Buffer | undefined {
    return this.#seen.get(path)?.seen;
  }

  openSync = ((path: string, flags: string): number => {
    this.#call();
    if (flags === 'w') this.#seen.set(path, { seen: NOTHING, kept: NOTHING });
    this.#open.set(this.#nextFile, this.#seen.get(path));
    return this.#nextFile++;
  }) as JournalDisk['openSync'];

  writeSync = ((file: number, bytes: Buffer, from: number): number => {
    const inode = this.#inode(file);
    if (this.writeFails !== undefined) throw Object.assign(new Error('no write'), { code: this.writeFails });
    const dies = this.calls + 1 === this.diesAt;
    const end = dies ? from + Math.ceil((bytes.length - from) / 2) : bytes.length;
    inode.seen = Buffer.concat([inode.seen, bytes.subarray(from, end)]);
    this.#call();
    return end - from;
  }) as JournalDisk['writeSync'];

  renameSync = ((from: string, to: string): void => {
    this.#call();
    const inode = this.#seen.get(from);
    if (inode) this.#seen.set(to, inode);
    this.#seen.delete(from);
  }) as JournalDisk['renameSync'];

  rmSync = ((path: string): void => {
    this.#call();
    this.#seen.delete(path);
  }) as JournalDisk['rmSync'];

  readFileSync = ((path: string): Buffer => {
    this.#call();
    const found = this.get(path);
    if (!found) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
    return found;
  }) as JournalDisk['readFileSync'];

  fdatasyncSync = (file: number): void => {
    this.#call();
    const inode = this.#inode(file);
    inode.kept = inode.seen;
  };

  fdatasync = ((file: number, done: (error: Error | null) => void): void => {
    this.fdatasyncSync(file);
    done(null);
  }) as JournalDisk['fdatasync'];

  /** Only folders are synced by this one. */
  fsyncSync = (): void => {
    this.#call();
    this.#kept = new Map(this.#seen);
  };

  closeSync = (file: number): void => {
    this.#call();
    this.#open.delete(file);
  };

  fchmodSync = (): void => this.#call();

  mkdirSync = (() => {
    this.#call();
    return undefined;
  }) as JournalDisk['mkdirSync'];

  #inode(file: number): Inode {
    const inode = this.#open.get(file);
    if (!inode) throw new Error(`file ${file} is not open`);
    return inode;
  }

  #call(): void {
    if (this.calls >= this.diesAt) throw new Killed();
    this.calls += 1;
    if (this.calls === this.diesAt) throw new Killed();
  }
}

function left({ seen, kept }: Inode, random: Random): Buffer {
  const unsure = Buffer.from(seen.subarray(kept.length));
  const whole = Math.floor(random() * (unsure.length + 1));
  const length = Math.floor(random() * (unsure.length + 1));
  if (whole < length) unsure.fill(0, whole);
  return Buffer.concat([kept, unsure.subarray(0, length)]);
}
