import { readFile } from 'node:fs/promises';
import { labelsSchema, ServonautError, serverNameSchema } from '@servonaut/contracts';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

const serverSchema = z.strictObject({
  name: serverNameSchema,
  /** Address or name. Without it the name is resolved as ssh(1) would. */
  host: z
    .string()
    .min(1)
    .regex(/^[^\s-][^\s]*$/, 'expected a host name or address')
    .optional(),
  port: z.int().min(1).max(65_535).optional(),
  user: z.string().min(1).optional(),
  identity_file: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  labels: labelsSchema.default({}),
});

const serversFileSchema = z
  .strictObject({ servers: z.array(serverSchema).default([]) })
  .superRefine(({ servers }, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of servers.entries()) {
      if (seen.has(name)) {
        context.addIssue({ code: 'custom', path: ['servers', index, 'name'], message: `"${name}" is there twice` });
      }
      seen.add(name);
    }
  });

/** A server as `servers.yaml` describes it. */
export type ServersFileEntry = z.infer<typeof serverSchema>;

function invalid(path: string, line: number | undefined, what: string): ServonautError {
  const at = line === undefined ? '' : `, line ${line}`;
  return new ServonautError('config_invalid', { message: `${path}${at}: ${what}` });
}

/** Line of the value at a path, or of the closest thing above it that is there. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** @throws ServonautError `config_invalid` naming the file, the line and what is wrong there */
export function parseServersFile(text: string, path: string): ServersFileEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  const parsed = serversFileSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data.servers;
  const issue = parsed.error.issues[0];
  const where = issue?.path ?? [];
  throw invalid(path, lineOf(document, where, lines), `${where.join('.') || 'file'}: ${issue?.message ?? 'not valid'}`);
}

/** `servers.yaml`, which may change at any time and is parsed only when it has. */
export class ServersFile {
  readonly #path: string;
  #last: { readonly text: string; readonly entries: readonly ServersFileEntry[] } = { text: '', entries: [] };

  constructor(path: string) {
    this.#path = path;
  }

  /** The entries as they are now; none when there is no such file. @throws ServonautError `config_invalid` */
  async read(): Promise<readonly ServersFileEntry[]> {
    const text = await this.#text();
    if (text !== this.#last.text) this.#last = { text, entries: parseServersFile(text, this.#path) };
    return this.#last.entries;
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw new ServonautError('config_invalid', { message: `${this.#path} cannot be read.`, cause: error });
    }
  }
}
