import { z } from 'zod';
import type { Argument } from './argument.ts';
import { COMMAND_CLASSES, isWorse, type CommandClass } from './command-verdict.ts';

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));

/** `paths.yaml`. */
export const pathFileSchema = z.strictObject({
  'read-only': words,
  mutating: words,
  privileged: words,
  forbidden: words,
  unlisted: z.enum(COMMAND_CLASSES),
  programs: words,
});
export type PathFile = z.output<typeof pathFileSchema>;

interface Folder {
  readonly below: Map<string, Folder>;
  /** Of the path itself. */
  self: CommandClass | undefined;
  /** Of all below that is not listed itself. */
  all: CommandClass | undefined;
  /** The worst that is listed at it or below. */
  worst: CommandClass;
}

const aFolder = (): Folder => ({ below: new Map(), self: undefined, all: undefined, worst: 'read-only' });

/** Parts of a path; a file name pattern cannot stand for what begins with a dot, so `/tmp/*` never leaves `/tmp` and `/tmp/.*` may. */
function partsOf(path: string): readonly string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const escapes = parts.some((part) => part === '..' || (part.startsWith('.') && /[*?[]/.test(part)));
  return escapes ? undefined : parts;
}

/** What it means to write at a path. Links are not followed: what they lead to is not known here. */
export class PathTable {
  readonly #root = aFolder();
  readonly #names = new Map<string, CommandClass>();
  readonly #unlisted: CommandClass;
  readonly #programs: ReadonlySet<string>;

  constructor(file: PathFile) {
    this.#unlisted = file.unlisted;
    this.#programs = new Set(file.programs);
    for (const each of COMMAND_CLASSES) for (const path of file[each]) this.#list(path, each);
  }

  /** Whether the programs in a folder are those that their names say. */
  holdsPrograms(folder: string): boolean {
    return this.#programs.has(folder);
  }

  /** `undefined` for a path that cannot be told: it is not known, or leads upwards. */
  classOf(path: Argument): CommandClass | undefined {
    const { pattern } = path;
    if (pattern === undefined || pattern === '' || (pattern.startsWith('~') && !/^~(?:\/|$)/.test(pattern)))
      return undefined;
    const parts = partsOf(pattern);
    if (!parts) return undefined;
    const named = this.#classOfNames(parts);
    const placed = pattern.startsWith('/') ? this.#classOfPlace(parts) : this.#unlisted;
    return named && isWorse(named, placed) ? named : placed;
  }

  #list(path: string, commandClass: CommandClass): void {
    const isTree = path.endsWith('/**');
    const parts = (isTree ? path.slice(0, -3) : path).split('/').filter((part) => part !== '');
    if (!path.startsWith('/')) {
      this.#names.set(parts.join('/'), commandClass);
      return;
    }
    let folder = this.#root;
    for (const part of ['', ...parts]) {
      if (part !== '') folder = folder.below.get(part) ?? folder.below.set(part, aFolder()).get(part) ?? folder;
      if (isWorse(commandClass, folder.worst)) folder.worst = commandClass;
    }
    folder.self = commandClass;
    if (isTree) folder.all = commandClass;
  }

  #classOfNames(parts: readonly string[]): CommandClass | undefined {
    let worst: CommandClass | undefined;
    for (const part of parts) {
      const named = this.#names.get(part);
      if (named && (!worst || isWorse(named, worst))) worst = named;
    }
    return worst;
  }

  #classOfPlace(parts: readonly string[]): CommandClass {
    let folder: Folder | undefined = this.#root;
    let around: CommandClass = this.#unlisted;
    for (const part of parts) {
      if (/[*?[]/.test(part)) break;
      folder = folder.below.get(part);
      if (!folder) return around;
      around = folder.all ?? around;
    }
    const own = folder.self ?? around;
    return isWorse(folder.worst, own) ? folder.worst : own;
  }
}
