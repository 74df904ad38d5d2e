import type { Interfaces } from '@oclif/core';
import { ServonautError, type CommandResult, type ServerPace } from '@servonaut/contracts';
import type { AnyTool } from './define-tool.ts';

/**
 * Name of the oclif hook through which a plugin's command reaches the executor's pipeline. The command line and the relay meet there,
 * so that there is no second way in.
 */
export const RUN_TOOL_HOOK = 'servonaut:run-tool';

/** What a tool's own command asks of the executor it is installed in. */
export interface RunToolRequest {
  readonly tool: AnyTool;
  readonly servers: WantedServers;
  /** Arguments without `server`, not validated yet. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly profile: string | undefined;
  /** Whether somebody may be shown how far it is: not where a program reads along. */
  readonly showsProgress: boolean;
}

/** Where a call by hand is to run. */
export type WantedServers =
  /** A tool with `target: 'executor'`. */
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly name: string }
  | {
      readonly kind: 'several';
      /** Names, patterns and labels (`serverTermSchema`). */
      readonly terms: readonly string[];
      readonly pace: ServerPace;
      /** Told of each as soon as it has ended. */
      onEnd(end: ServerResult): void;
    };

/** How a call has ended on one server. */
export interface ServerResult {
  /** Null for a tool with `target: 'executor'`. */
  readonly server: string | null;
  readonly result: CommandResult;
  /** Why the call was not begun there, where an earlier server has ended it. `result` is a refusal then. */
  readonly notBegun?: ServonautError;
}

/** Shape of the host's hook: `(this, { request }) => Promise<readonly ServerResult[]>`. There is at least one. */
export interface RunToolHookMeta {
  options: { request: RunToolRequest };
  return: readonly ServerResult[];
}

/**
 * Hands a call to the host's pipeline.
 * @throws ServonautError what the host threw; `config_invalid` when the command runs outside a Servonaut host.
 */
export async function runThroughHost(
  config: Interfaces.Config,
  request: RunToolRequest,
): Promise<readonly ServerResult[]> {
  const { successes, failures } = await config.runHook(RUN_TOOL_HOOK, { request });
  const failure = failures[0];
  if (failure) throw failure.error;
  const success = successes[0];
  if (!success)
    throw new ServonautError('config_invalid', {
      message: 'This command only runs inside servonaut.',
      nextStep: 'Install the plugin with servonaut.',
    });
  return success.result as readonly ServerResult[];
}
