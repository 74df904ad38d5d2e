import { readFile } from 'node:fs/promises';
import { labelsSchema, ServonautError, serverNameSchema } from '@servonaut/contracts';
import { z } from 'zod';
import { parseYamlFile } from '../session/yaml-file.ts';

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

/** @throws ServonautError `config_invalid` naming the file, the line and what is wrong there */
export function parseServersFile(text: string, path: string): ServersFileEntry[] {
  return parseYamlFile(text, path, serversFileSchema.nullable())?.servers ?? [];
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
