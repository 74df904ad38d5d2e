/** What a rule has found, by the groups of its pattern. */
export type MatchedGroups = readonly (string | undefined)[];

/** Where a secret is in a text, and what was looked at to find it. */
export interface SecretPlace {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** How secrets of one kind are known: by a pattern, or where one says too little by a function. */
export type SecretRule = PatternRule | FindingRule;

export interface FindingRule extends RuleCall {
  /** All in one line, in order. It looks at each character a bounded number of times. */
  readonly find: (line: string) => Iterable<SecretPlace>;
}

export interface PatternRule extends RuleCall {
  /** Of RE2, applied to one line. The last group that took part is the secret; without groups all that fits is. */
  readonly pattern: string;
  /** Has the last word. */
  readonly accepts?: (groups: MatchedGroups) => boolean;
}

/** What a rule is, and when it is called for. */
export interface RuleCall {
  /** As it stands in the placeholder: lower-case words with dashes. */
  readonly kind: string;
  /** In lower case. Text that holds none of them, in whatever case, holds no secret of this kind. At least two characters each. */
  readonly keywords: readonly string[];
  /** Whether there may be one at a keyword that ends before the byte `end`: a cheap look around, for keywords that are everyday words. */
  readonly isNear?: (bytes: Uint8Array, end: number) => boolean;
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
