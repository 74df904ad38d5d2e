import type { WirePrincipal } from '@servonaut/contracts';

/** What is asked of the allow lists. */
export interface DenialQuestion {
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

/** What this executor will not run. */
export interface DenyingPolicy {
  /** Answers why not, or nothing when it may run. */
  denial(question: DenialQuestion): PolicyDenial | undefined;
}
