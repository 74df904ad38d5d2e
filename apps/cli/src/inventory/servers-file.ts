import { readFile } from 'node:fs/promises';
import { inWords, labelsSchema, ServonautError, serverNameSchema } from '@servonaut/contracts';
import type { AnyInventorySource } from '@servonaut/plugin-sdk';
import { z } from 'zod';
import { parseYamlFile } from '../session/yaml-file.ts';
import { ENTRY_FIELDS, namedSources, sourceEntrySchema, type SourceEntry } from './sources/source-entry.ts';

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
  /** How commands get there; takes the place of the setting `ssh_strategy`. */
  strategy: z.enum(['auto', 'ssh2', 'openssh', 'local']).optional(),
  labels: labelsSchema.default({}),
});

type Refinement = z.RefinementCtx<{ sources: z.output<typeof sourceEntrySchema>[] }>;

/** Each entry as the source of its kind wants it. */
function checkSources(sources: Refinement['value']['sources'], kinds: SourceKinds, context: Refinement): void {
  for (const [index, { kind, options }] of sources.entries()) {
    const source = kinds.get(kind);
    if (!source) {
      const known = [...kinds.keys()].sort().join(', ') || 'none';
      context.addIssue({
        code: 'custom',
        path: ['sources', index, 'kind'],
        message: `there is no source "${kind}"; those that are installed: ${known}`,
      });
      continue;
    }
    const checked = source.options.safeParse(options, inWords({ besides: ENTRY_FIELDS }));
    for (const issue of checked.error?.issues ?? [])
      context.addIssue({ ...issue, input: undefined, path: ['sources', index, ...issue.path] });
  }
}

const serversFileSchema = (kinds: SourceKinds | undefined) =>
  z
    .strictObject({ servers: z.array(serverSchema).default([]), sources: z.array(sourceEntrySchema).default([]) })
    .superRefine(({ servers, sources }, context) => {
      const seen = new Set<string>();
      for (const [index, { name }] of servers.entries()) {
        if (seen.has(name)) {
          context.addIssue({ code: 'custom', path: ['servers', index, 'name'], message: `"${name}" is there twice` });
        }
        seen.add(name);
      }
      if (kinds) checkSources(sources, kinds, context);
    });

/** A server as `servers.yaml` describes it. */
export type ServersFileEntry = z.infer<typeof serverSchema>;

/** The sources that are installed, by kind. */
export type SourceKinds = ReadonlyMap<string, AnyInventorySource>;

/** What `servers.yaml` says. */
export interface ServersFileContent {
  readonly servers: readonly ServersFileEntry[];
  readonly sources: readonly SourceEntry[];
}

/**
 * @param kinds what the options of sources are checked against; without them they are not
 * @throws ServonautError `config_invalid` naming the file, the line and what is wrong there
 */
export function parseServersFile(text: string, path: string, kinds?: SourceKinds): ServersFileContent {
  const { servers = [], sources = [] } = parseYamlFile(text, path, serversFileSchema(kinds).nullable()) ?? {};
  return { servers, sources: namedSources(sources) };
}

/** `servers.yaml`, which may change at any time and is parsed only when it has. */
export class ServersFile {
  readonly #path: string;
  #last: { readonly text: string; readonly content: ServersFileContent } = {
    text: '',
    content: { servers: [], sources: [] },
  };

  constructor(path: string) {
    this.#path = path;
  }

  /** What it says now; nothing when there is no such file. @throws ServonautError `config_invalid` */
  async read(): Promise<ServersFileContent> {
    const text = await this.#text();
    if (text !== this.#last.text) this.#last = { text, content: parseServersFile(text, this.#path) };
    return this.#last.content;
  }

  /** Its sources, each with options that the source of its kind understands. @throws ServonautError `config_invalid` */
  async checkedSources(kinds: () => Promise<SourceKinds>): Promise<readonly SourceEntry[]> {
    const text = await this.#text();
    // Plugins are loaded for those who have sources.
    if (parseServersFile(text, this.#path).sources.length === 0) return [];
    return parseServersFile(text, this.#path, await kinds()).sources;
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
