import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readYaml, type UnderstoodYaml } from '../../session/yaml-file.ts';

/** Beside `src` and `dist`. */
const FOLDER = fileURLToPath(new URL('../../../command-classes/', import.meta.url));
/** In `dist`, where `write-parsed-files.ts` puts it; beside the sources there is none. */
export const PARSED_FILE = fileURLToPath(new URL('../../command-classes.json', import.meta.url));

/** What the files say, in JSON, which takes a hundredth of the time to read. */
const parsedFilesSchema = z.object({
  /** Of the files that it was made from. */
  version: z.string(),
  files: z.record(z.string(), z.unknown()),
});
type ParsedFiles = z.infer<typeof parsedFilesSchema>;

/** SHA-256, base64url, of texts one after the other. */
export function digestOf(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64url');
}

/** The data files of commands. */
export class CommandFiles {
  /** SHA-256, base64url, of all of them. */
  readonly version: string;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #parsed: ParsedFiles['files'] | undefined;

  /** @param parsedFile what the build has parsed; left alone when it was made from anything else than these very files, or is not there */
  constructor(folder = FOLDER, parsedFile = PARSED_FILE) {
    const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    this.#texts = new Map(names.toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    this.version = digestOf([...this.#texts].flat());
    const parsed = readParsed(parsedFile);
    this.#parsed = parsed?.version === this.version ? parsed.files : undefined;
  }

  get names(): readonly string[] {
    return [...this.#texts.keys()];
  }

  /** @throws ServonautError `config_invalid` with the line */
  understood<Schema extends z.ZodType>(name: string, schema: Schema): UnderstoodYaml<z.output<Schema>> {
    const parsed = this.#parsed && schema.safeParse(this.#parsed[name]);
    // Which line is at fault only the text tells.
    if (!parsed?.success) return understoodYaml(this.#texts.get(name) ?? '', name, schema);
    return { data: parsed.data, lineOf: () => undefined };
  }

  /** What the build writes. */
  parsed(): ParsedFiles {
    const files = [...this.#texts].map(([name, text]) => [name, understoodYaml(text, name, z.json()).data] as const);
    return { version: this.version, files: Object.fromEntries(files) };
  }
}

function readParsed(path: string): ParsedFiles | undefined {
  if (!existsSync(path)) return undefined;
  return parsedFilesSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function understoodYaml<Schema extends z.ZodType>(
  text: string,
  name: string,
  schema: Schema,
): UnderstoodYaml<z.output<Schema>> {
  const { file, faults } = readYaml(text, name, schema);
  if (!file) throw faults[0];
  return file;
}
