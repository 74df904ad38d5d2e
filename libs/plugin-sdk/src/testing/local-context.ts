import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServonautError, type ServerEntry } from '@servonaut/contracts';
import { withLocalSftp } from '../sftp/local-sftp.ts';
import type { CloudInstances } from '../cloud-instances.ts';
import type { KeptOutputs, ToolContext, ToolLog, ToolProgress } from '../tool-context.ts';
import { LocalShell } from './local-shell.ts';

export interface LocalContextOptions {
  /** The server that the tool believes it is on; by default `local`. Null for a tool with `target: 'executor'`. */
  readonly server?: ServerEntry | null;
  /** All servers of the executor; by default just `server`. */
  readonly servers?: readonly ServerEntry[];
  readonly signal?: AbortSignal;
  /** What runs the commands, with `-c` and the command added; by default `/bin/sh`. */
  readonly shell?: readonly [string, ...string[]];
  /** Environment of the commands; by default this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is kept of earlier requests, by their id. */
  readonly outputs?: Readonly<Record<string, Readonly<Partial<Record<'stdout' | 'stderr', Uint8Array>>>>>;
  /** Milliseconds after which a command is killed; by default 10,000. */
  readonly timeoutMs?: number;
  /** Where relative paths of `sftp` begin; by default the home folder. */
  readonly folder?: string;
  /** By default a folder below the system's temporary one that nobody has made. */
  readonly transferFolder?: string;
  /** By default 10. */
  readonly mostJobs?: number;
  /** What the operator has stored for the plugin. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** By default no source has any. */
  readonly instances?: CloudInstances;
  /** Undefined as for the operator. */
  readonly caller?: string;
  /** As of a preview that somebody has agreed to. */
  readonly basis?: string;
  /** Told of each `progress`, however many. */
  readonly onProgress?: (update: ToolProgress) => void;
  /** Told of each line of `log`. */
  readonly onLog?: (level: keyof ToolLog, text: string) => void;
}

const LOCAL: ServerEntry = { name: 'local', labels: {} };

function givenOutputs(outputs: NonNullable<LocalContextOptions['outputs']>): KeptOutputs {
  return {
    read: async (requestId, stream, { offset, length }) => {
      const all = outputs[requestId]?.[stream];
      if (!all) throw new ServonautError('not_found', { message: `Nothing is kept of the request ${requestId}.` });
      return { bytes: all.subarray(offset, offset + length), keptBytes: all.length, writtenBytes: all.length };
    },
  };
}

const NO_INSTANCES: CloudInstances = {
  list: async () => ({ instances: [], leftOut: 0, sources: [], failed: [] }),
  change: async ({ name }) => noInstance(name),
  state: async ({ name }) => noInstance(name),
};

function noInstance(name: string): never {
  throw new ServonautError('not_found', { message: `There is no instance "${name}".` });
}

function notStored(name: string): never {
  throw new ServonautError('config_invalid', { message: `The secret ${name} is not stored.` });
}

/** A context whose `exec` runs a real shell on this machine, so that a tool can be tested without a server. */
export function localContext(options: LocalContextOptions = {}): ToolContext {
  const { server = LOCAL, servers = server ? [server] : [], signal = new AbortController().signal } = options;
  const shell = new LocalShell(options.shell ?? ['/bin/sh'], options.env, options.timeoutMs ?? 10_000);
  return {
    get server(): ServerEntry {
      if (server) return server;
      throw new ServonautError('tool_failed', { message: 'A tool for the executor has no server.' });
    },
    servers,
    caller: options.caller,
    outputs: givenOutputs(options.outputs ?? {}),
    signal,
    exec: (command, execOptions = {}) => shell.run(command.text, signal, execOptions),
    sftp: (use) => withLocalSftp(use, { signal, ...(options.folder !== undefined && { folder: options.folder }) }),
    progress: (update) => options.onProgress?.(update),
    log: {
      debug: (text) => options.onLog?.('debug', text),
      info: (text) => options.onLog?.('info', text),
      warn: (text) => options.onLog?.('warn', text),
    },
    secrets: { get: async (name) => options.secrets?.[name] ?? notStored(name) },
    instances: options.instances ?? NO_INSTANCES,
    basis: options.basis,
    transferFolder: options.transferFolder ?? join(tmpdir(), `servonaut-transfers-${randomUUID()}`),
    mostJobs: options.mostJobs ?? 10,
  };
}
