import type { ToolManifest } from '@servonaut/contracts';
import type { z } from 'zod';
import type { ExecResult, ToolContext } from './tool-context.ts';

/** What a tool answers. */
export interface ToolReturn<Data> {
  /** Text for the reader. Left out when `exec` says it all. */
  readonly output?: string;
  /** Structured answer, validated against `data`. */
  readonly data?: Data;
  /** The command whose exit code, stdout and stderr are the answer. */
  readonly exec?: ExecResult;
}

export interface ToolDefinition<Input extends z.ZodObject, Data extends z.ZodObject> {
  /** As agents call it: `snake_case`, at most 40 characters. The command is the same with dashes. */
  readonly name: string;
  readonly title: string;
  /** When to use it, as to a new colleague. One paragraph. */
  readonly description: string;
  /** `server`: acts on one server. `executor`: acts on the executor itself. */
  readonly target: 'server' | 'executor';
  readonly effect: ToolManifest['effect'];
  readonly idempotent?: boolean;
  /** Arguments besides `server` and `timeout_seconds`, which every tool with `target: 'server'` has. Describe every field. */
  readonly input: Input;
  /** Shape of the structured answer. */
  readonly data?: Data;
  /** How the arguments look on a command line, where the names of the fields are not enough. */
  readonly cli?: {
    /** The field that takes everything after `--`, joined by spaces as ssh(1) does. */
    readonly rest?: keyof z.input<Input> & string;
    readonly examples?: readonly string[];
  };
  run(input: z.output<Input>, context: ToolContext): Promise<ToolReturn<z.output<Data>>>;
}
