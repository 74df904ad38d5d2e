import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import {
  foundInstanceSchema,
  type FoundInstance,
  type InstanceAction,
  type InstanceState,
} from '../inventory/found-instance.ts';
import { foundServerSchema, type FoundServer } from '../inventory/found-server.ts';
import type { InventorySource, SourceContext } from '../inventory/inventory-source.ts';

export interface SourceSetting {
  /** By default nothing: what a source needs of the environment it is given here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  /** Where `servers.yaml` is; relative paths begin there. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

export interface Listing {
  readonly servers: readonly FoundServer[];
  /** What the operator was told. */
  readonly warnings: readonly string[];
}

function contextOf(setting: SourceSetting, warnings: string[]): SourceContext {
  const { env = {}, home = homedir(), folder = process.cwd(), signal = new AbortController().signal } = setting;
  const path = (written: string) =>
    written.startsWith('~/') ? join(home, written.slice(2)) : isAbsolute(written) ? written : resolve(folder, written);
  return { env, home, signal, path, warn: (message) => void warnings.push(message) };
}

/**
 * Lists as the executor does: the options are parsed first, the servers checked afterwards.
 * @throws ZodError when the options, or a server, are not what their schemas say
 */
export async function listSource<Options extends z.ZodObject>(
  source: InventorySource<Options>,
  options: z.input<Options>,
  setting: SourceSetting = {},
): Promise<Listing> {
  const warnings: string[] = [];
  const found = await source.list(source.options.parse(options), contextOf(setting, warnings));
  return { servers: found.map((server) => foundServerSchema.parse(server) as FoundServer), warnings };
}

/** The instances of a source, asked as the executor asks. */
export interface SourceInstances {
  /** @throws ZodError when one is not what its schema says */
  list(): Promise<readonly FoundInstance[]>;
  change(id: string, action: InstanceAction): Promise<void>;
  state(id: string): Promise<InstanceState>;
}

/** @throws TypeError when it has none, or ZodError when the options are not what their schema says */
export function sourceInstances<Options extends z.ZodObject>(
  source: InventorySource<Options>,
  options: z.input<Options>,
  setting: SourceSetting = {},
): SourceInstances {
  const { instances, control } = source;
  if (!instances || !control) throw new TypeError(`${source.kind} has no instances that can be controlled`);
  const [parsed, context] = [source.options.parse(options), contextOf(setting, [])];
  return {
    list: async () => (await instances(parsed, context)).map((one) => foundInstanceSchema.parse(one) as FoundInstance),
    change: (id, action) => control.change(parsed, { id, action }, context),
    state: (id) => control.state(parsed, id, context),
  };
}

/**
 * Whether a source keeps what every source promises, beyond what it is about: it lists the same when nothing has changed, and gives up at once when it is
 * told to.
 * @throws Error saying which promise is broken
 */
export async function checkSource<Options extends z.ZodObject>(
  source: InventorySource<Options>,
  options: z.input<Options>,
  setting: SourceSetting = {},
): Promise<void> {
  const [first, second] = [await listSource(source, options, setting), await listSource(source, options, setting)];
  if (!isDeepStrictEqual(first, second)) throw new Error(`${source.kind} lists something else the second time`);
  const aborted = listSource(source, options, { ...setting, signal: AbortSignal.abort() });
  const gaveUp = await aborted.then(
    () => false,
    () => true,
  );
  if (!gaveUp) throw new Error(`${source.kind} goes on listing when it is told to give up`);
  if (source.instances && source.control) await checkInstances(source, options, setting);
}

async function checkInstances<Options extends z.ZodObject>(
  source: InventorySource<Options>,
  options: z.input<Options>,
  setting: SourceSetting,
): Promise<void> {
  const instances = sourceInstances(source, options, setting);
  const [first, second] = [await instances.list(), await instances.list()];
  if (!isDeepStrictEqual(first, second)) throw new Error(`${source.kind} has other instances the second time`);
  if (new Set(first.map(({ id }) => id)).size < first.length)
    throw new Error(`${source.kind} has two instances with one id`);
  const aborted = sourceInstances(source, options, { ...setting, signal: AbortSignal.abort() });
  const ends = await Promise.allSettled([aborted.list(), aborted.change('x', 'stop'), aborted.state('x')]);
  if (ends.some(({ status }) => status === 'fulfilled'))
    throw new Error(`${source.kind} goes on with its instances when it is told to give up`);
}
