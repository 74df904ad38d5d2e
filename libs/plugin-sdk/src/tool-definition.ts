import type { Combination, ToolManifest } from '@servonaut/contracts';
import type { z } from 'zod';
import type { ExecResult, PreviewContext, ToolContext } from './tool-context.ts';

/** What a tool answers. */
export interface ToolReturn<Data> {
  /** Text for the reader. Left out when `exec` says it all. */
  readonly output?: string;
  /** Structured answer, validated against `data`. */
  readonly data?: Data;
  /** The command whose exit code, stdout and stderr are the answer. */
  readonly exec?: ExecResult;
}

/** What a call would do. */
export interface Preview {
  /** For the operator who is asked, such as a diff. The arguments are shown to them besides. */
  readonly text: string;
  /** What the answer depends on, such as the digest of the file as it was: `run` gets it as `context.basis`, and refuses when it is so no more. */
  readonly basis?: string;
}

/** Shell text that the caller of a tool has written. */
export interface CallerCommand {
  readonly text: string;
  /** Whether it runs as root. */
  readonly sudo?: boolean;
  /** Absolute path of the folder that it starts in; without it, the login folder. */
  readonly directory?: string | undefined;
  /** Whether it is run as `detached` makes it, and only so: it goes on after the call. Mutating at least. */
  readonly detached?: boolean;
}

/** What a call does on its server, from the least to the worst. */
export type ToolEffect = ToolManifest['effect'];

/** Those that are no worse than `Effect`. */
export type NoWorseThan<Effect extends ToolEffect> = Effect extends 'read-only'
  ? 'read-only'
  : Effect extends 'mutating'
    ? 'read-only' | 'mutating'
    : ToolEffect;

export interface ToolDefinition<
  Input extends z.ZodObject,
  Data extends z.ZodObject,
  Effect extends ToolEffect = ToolEffect,
> {
  /** As agents call it: `snake_case`, at most 40 characters. The command is the same with dashes. */
  readonly name: string;
  readonly title: string;
  /** When to use it, as to a new colleague. One paragraph. */
  readonly description: string;
  /** `server`: acts on one server. `executor`: acts on the executor itself. */
  readonly target: 'server' | 'executor';
  /** The worst that a call of it does on its server, whatever the arguments. */
  readonly effect: Effect;
  /**
   * What this very call does, for a tool of which some arguments do less than others: the policy decides by it, and its commands are held to it. Pure and
   * quick; what it throws refuses the call.
   */
  effectOf?(input: z.output<Input>): NoWorseThan<Effect>;
  /** `always`: the operator is asked at every level, unless a rule of their own allows it. */
  readonly approval?: 'always';
  readonly idempotent?: boolean;
  /** Arguments besides `server` and `timeout_seconds`, which every tool with `target: 'server'` has. Describe every field. */
  readonly input: Input;
  /** Shape of the structured answer. */
  readonly data?: Data;
  /** How the `data` of many servers becomes one table. */
  readonly combine?: Combination;
  /** How the arguments look on a command line, where the names of the fields are not enough. */
  readonly cli?: {
    /** The field that takes everything after `--`, joined by spaces as ssh(1) does. */
    readonly rest?: keyof z.input<Input> & string;
    /** The field that takes what the command itself reads from its standard input, where its flag says `-`. */
    readonly stdin?: keyof z.input<Input> & string;
    readonly examples?: readonly string[];
  };
  /**
   * For a tool that runs shell text of its caller's as it stands: all of that text. The operator's policy then goes by the worst of these commands
   * in place of `effect`; there is no `effectOf` then. Pure and quick; what it throws refuses the call.
   */
  commands?(input: z.output<Input>): readonly CallerCommand[];
  /**
   * Shows the operator what a call would do, when they are asked whether it may; not called when nobody is. It runs before anybody has agreed to
   * anything, so its commands and files are held to reading. What it throws refuses the call: nobody agrees to what could not be looked at.
   */
  preview?(input: z.output<Input>, context: PreviewContext): Promise<Preview>;
  /** Every command that it gives to `context.exec` is read by the operator's policy, too; one that is worse than the call was said to be is refused. */
  run(input: z.output<Input>, context: ToolContext): Promise<ToolReturn<z.output<Data>>>;
}
