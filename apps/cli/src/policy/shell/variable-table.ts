import { z } from 'zod';
import { COMMAND_CLASSES, type CommandClass } from './command-verdict.ts';

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));

/** `variables.yaml`. */
export const variableFileSchema = z.strictObject({
  'read-only': words,
  mutating: words,
  privileged: words,
  forbidden: words,
  exported: z.enum(COMMAND_CLASSES),
});
export type VariableFile = z.output<typeof variableFileSchema>;

/** What it means to set a variable. */
export class VariableTable {
  readonly #exact = new Map<string, CommandClass>();
  /** Beginnings of names. */
  readonly #beginnings: (readonly [string, CommandClass])[] = [];
  readonly #exported: CommandClass;

  constructor(file: VariableFile) {
    this.#exported = file.exported;
    for (const each of COMMAND_CLASSES) {
      for (const name of file[each]) {
        if (name.endsWith('*')) this.#beginnings.push([name.slice(0, -1), each]);
        else this.#exact.set(name, each);
      }
    }
  }

  /** @param exported whether other commands see it */
  classOf(name: string, exported: boolean): CommandClass {
    const listed = this.#exact.get(name) ?? this.#beginnings.find(([beginning]) => name.startsWith(beginning))?.[1];
    return listed ?? (exported ? this.#exported : 'read-only');
  }
}
