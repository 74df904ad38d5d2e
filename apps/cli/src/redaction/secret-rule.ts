/** What a rule has found, by the groups of its pattern. */
export type MatchedGroups = readonly (string | undefined)[];

/** How secrets of one kind are known. */
export interface SecretRule {
  /** As it stands in the placeholder: lower-case words with dashes. */
  readonly kind: string;
  /** In lower case. Text that holds none of them, in whatever case, holds no secret of this kind. At least two characters each. */
  readonly keywords: readonly string[];
  /** Whether there may be one at a keyword that ends before the byte `end`: a cheap look around, for keywords that are everyday words. */
  readonly isNear?: (bytes: Uint8Array, end: number) => boolean;
  /** Of RE2, applied to one line. The last group that took part is the secret; without groups all that fits is. */
  readonly pattern: string;
  /** Has the last word. */
  readonly accepts?: (groups: MatchedGroups) => boolean;
  /** Where the form is documented. */
  readonly source: string;
}

/** A secret of several lines. */
export interface BlockRule {
  readonly kind: string;
  readonly keywords: readonly string[];
  readonly begin: string;
  readonly end: string;
  readonly source: string;
}
