/** An edit of the entry of one server. */
export interface EntryEdit {
  readonly section: string;
  readonly name: string;
  /** Undefined to remove it. */
  readonly fields: Document | undefined;
}

/** What a file says, whatever its format. */
export type Document = Readonly<Record<string, unknown>>;
