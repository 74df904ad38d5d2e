import type { WirePrincipal } from '@servonaut/contracts';

/** What an operator may decide about. */
export interface PolicyQuestion {
  readonly tool: string;
  /** Null for a tool that acts on the executor itself. */
  readonly server: string | null;
  /** Validated arguments. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Undefined when the operator calls. */
  readonly principal: WirePrincipal | undefined;
}

export interface PolicyDenial {
  /** The rule that denies, as the operator would find it. */
  readonly rule: string;
  /** A public sentence. */
  readonly message: string;
}

/** What this executor will run, decided on the operator's machine. The coordinator cannot widen it. */
export interface Policy {
  /** Answers why not, or nothing when it may run. */
  denial(question: PolicyQuestion): PolicyDenial | undefined;
}
