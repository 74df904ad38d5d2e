import type { z } from 'zod';
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
}

/** A kind of inventory source. Frozen; made by `defineInventorySource` only. */
export interface InventorySource<Options extends z.ZodObject = z.ZodObject> extends InventorySourceDefinition<Options> {
  /** Fields that it does not name are refused. */
  readonly options: Options;
}

/** A source whose options are not known here. Its `list` takes what its own `options` have parsed. */
// oxlint-disable-next-line typescript/no-explicit-any -- the erased form: the executor parses with `options` before it calls `list`
export type AnyInventorySource = InventorySource<any>;
