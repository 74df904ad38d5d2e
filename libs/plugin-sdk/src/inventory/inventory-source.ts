import type { z } from 'zod';
import type { FoundInstance, InstanceAction, InstanceState } from './found-instance.ts';
import type { FoundServer } from './found-server.ts';

/** What a source may use while it lists. */
export interface SourceContext {
  /** Aborts when listing has taken too long, and when the command ends. */
  readonly signal: AbortSignal;
  /** The operator's home folder. */
  readonly home: string;
  /** The operator's environment, for credentials and for where their files are. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The absolute path of what the operator wrote: `~/` is the home folder, relative ones begin where `servers.yaml` is. */
  readonly path: (written: string) => string;
  /** Tells the operator, and nobody else, what was left out and why. One sentence. */
  readonly warn: (message: string) => void;
}

/** How a source starts and stops what it knows. */
export interface InstanceControl<Options extends z.ZodObject> {
  /** What the operator's credentials need for it, as the cloud itself calls it: whoever is refused is told. */
  readonly permission: string;
  /**
   * Asks for the change, and does not wait for it. A machine that is already as it shall be is no error.
   * @throws ServonautError `cloud_refused` when the credentials are good and may not do it
   */
  change(
    options: z.output<Options>,
    change: { readonly id: string; readonly action: InstanceAction },
    context: SourceContext,
  ): Promise<void>;
  /** What it is doing at this moment, from wherever that is known first. */
  state(options: z.output<Options>, id: string, context: SourceContext): Promise<InstanceState>;
}

export interface InventorySourceDefinition<Options extends z.ZodObject> {
  /** As `servers.yaml` names it: `aws`, `ansible`. */
  readonly kind: string;
  /** What an entry of `servers.yaml` says besides the fields that every entry may have, such as `kind`, `prefix`, `labels` and `user`. */
  readonly options: Options;
  /**
   * All servers that there are now and can be reached. What it needs of a cloud's SDK it imports here, so that nobody else waits for that.
   * @throws anything: what was found the last time is kept, and the operator told why. A ServonautError says what to do.
   */
  list(options: z.output<Options>, context: SourceContext): Promise<readonly FoundServer[]>;
  /** All machines that there are, those that are stopped, too, and not those that are gone for good: for a source that knows more of them than where they are. Throws as `list`. */
  instances?(this: void, options: z.output<Options>, context: SourceContext): Promise<readonly FoundInstance[]>;
  /** For a source that has `instances`, and may change them. */
  readonly control?: InstanceControl<Options>;
}

/** A kind of inventory source. Frozen; made by `defineInventorySource` only. */
export interface InventorySource<Options extends z.ZodObject = z.ZodObject> extends InventorySourceDefinition<Options> {
  /** Fields that it does not name are refused. */
  readonly options: Options;
}

/** A source whose options are not known here. Its `list` takes what its own `options` have parsed. */
// oxlint-disable-next-line typescript/no-explicit-any -- the erased form: the executor parses with `options` before it calls `list`
export type AnyInventorySource = InventorySource<any>;
