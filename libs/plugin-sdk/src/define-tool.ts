import type { ToolManifest } from '@servonaut/contracts';
import type { z } from 'zod';
import type { CombinationOf } from './tool-combination.ts';
import type { ToolDefinition, ToolEffect } from './tool-definition.ts';
import { toolManifest } from './tool-manifest.ts';

/** A tool that is ready to be listed, called by an agent and run as a command. Frozen; made by `defineTool` only. */
export interface Tool<
  Input extends z.ZodObject = z.ZodObject,
  Data extends z.ZodObject = z.ZodObject,
> extends ToolDefinition<Input, Data> {
  readonly manifest: ToolManifest;
}

/** A tool whose input type is not known here. Its `run` takes what its own `input` schema has parsed. */
// oxlint-disable-next-line typescript/no-explicit-any -- the erased form: the executor parses with `input` before it calls `run`
export type AnyTool = Tool<any, any>;

/**
 * Makes a tool: checks the definition, derives the manifest that agents see from the zod schemas, and freezes both. Arguments that `input`
 * does not name are refused from here on.
 * @throws ServonautError `config_invalid` naming the tool and what is wrong with it, when the plugin is loaded rather than when it is called.
 */
export function defineTool<
  Input extends z.ZodObject,
  Data extends z.ZodObject,
  const Effect extends ToolEffect = ToolEffect,
>(
  definition: ToolDefinition<Input, Data, Effect> & { readonly combine?: CombinationOf<z.output<NoInfer<Data>>> },
): Tool<Input, Data> {
  const strict = { ...definition, input: definition.input.strict() as unknown as Input };
  return Object.freeze({ ...strict, manifest: toolManifest(strict) });
}
