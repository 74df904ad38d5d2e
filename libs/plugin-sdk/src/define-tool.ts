import type { ToolManifest } from '@servonaut/contracts';
import type { z } from 'zod';
import { toolManifest } from './tool-manifest.ts';
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

/** A tool that is ready to be listed, called by an agent and run as a command. Frozen; made by `defineTool` only. */
export interface Tool<
  Input extends z.ZodObject = z.ZodObject,
  Data extends z.ZodObject = z.ZodObject,
> extends ToolDefinition<Input, Data> {
  readonly manifest: ToolManifest;
}

/** A tool whose input type is not known here. Its `run` takes what its own `input` schema has parsed. */
// eslint-disable-next-line -- the erased form: the executor parses with `input` before it calls `run`
export type AnyTool = Tool<any, any>;

/**
 * Makes a tool: checks the definition, derives the manifest that agents see from the zod schemas, and freezes both. Arguments that `input`
 * does not name are refused from here on.
 * @throws ServonautError `config_invalid` naming the tool and what is wrong with it, when the plugin is loaded rather than when it is called.
 */
export function defineTool<Input extends z.ZodObject, Data extends z.ZodObject>(
  definition: ToolDefinition<Input, Data>,
): Tool<Input, Data> {
  const strict = { ...definition, input: definition.input.strict() as unknown as Input };
  return Object.freeze({ ...strict, manifest: toolManifest(strict) });
}
