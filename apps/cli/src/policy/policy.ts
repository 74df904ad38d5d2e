import type { ServerEntry, ToolManifest } from '@servonaut/contracts';
import type { Caller } from './caller.ts';
import type { CommandClass, CommandVerdict, FoundCommand } from './shell/command-verdict.ts';

/** Shell text of the caller's own that a tool runs as it stands. */
export interface CalledCommand {
  readonly text: string;
  /** Runs as root: privileged at least. */
  readonly sudo: boolean;
  /** Where it starts; undefined for the login folder. */
  readonly directory: string | undefined;
  /** Goes on after the call, and writes down what it says: mutating at least. */
  readonly detached?: boolean;
}

/** One call, as an operator may decide about it. */
export interface PolicyQuestion {
  readonly tool: string;
  /** As the tool declares it. Counts where there are no `commands`. */
  readonly effect: ToolManifest['effect'];
  /** The tool wants it asked for at every level. */
  readonly approval?: 'always' | undefined;
  /** Null for a tool that acts on the executor itself. */
  readonly server: ServerEntry | null;
  /** Validated arguments. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Undefined when the operator calls. */
  readonly principal: Caller | undefined;
  /** Undefined for a tool that runs no text of the caller's. */
  readonly commands: readonly CalledCommand[] | undefined;
  readonly now: Date;
}

export interface PolicyDecision {
  readonly decision: 'allow' | 'ask' | 'deny';
  /** The worst of what the call would run. */
  readonly class: CommandClass;
  /** What decided, as the operator would find it: the name of a rule, `levels[0]`, `level`, or the file that is broken. */
  readonly rule: string;
  /** Public sentences, short enough for a model. */
  readonly message: string;
  /** Every simple command that was found, in order. */
  readonly commands: readonly FoundCommand[];
  /** SHA-256 (base64url) over everything that the decision depends on besides the question: the policy and the table of commands. */
  readonly policyVersion: string;
}

/** How long an operator is asked, and what is remembered of the answer. */
export interface ApprovalTerms {
  readonly expireMs: number;
  readonly rememberMs: number;
  /** Calls that wait for an answer at once; more are refused. */
  readonly mostWaiting: number;
}

/** What is taken out of everything that leaves, besides what always is. */
export interface RedactionWishes {
  readonly highEntropy: boolean;
  /** In the syntax of RE2; they compile. */
  readonly patterns: readonly { readonly name: string; readonly pattern: string }[];
}

/** What this executor will run, decided on the operator's machine. The coordinator cannot widen it. All of it is as it holds at the moment. */
export interface Policy {
  readonly version: string;
  readonly approvals: ApprovalTerms;
  readonly redact: RedactionWishes;
  /** Never throws: what cannot be decided is denied. */
  decide(question: PolicyQuestion): PolicyDecision;
  classOf(command: string): CommandVerdict;
}
