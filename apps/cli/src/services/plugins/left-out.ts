import { inspect } from 'node:util';
import { ServonautError } from '@servonaut/contracts';
import type { PluginDescription } from '@servonaut/plugin-sdk/description';
import { asServonautError } from '../../ui/render-error.ts';

/** A plugin that the operator has allowed and of which nothing is loaded. What is wrong with it stops nothing else. */
export interface LeftOutPlugin {
  readonly name: string;
  /** That it is left out, why, and what to do. */
  readonly fault: ServonautError;
  /** What would be there otherwise, as far as that is known. */
  readonly brings: PluginDescription;
}

/** Most characters that are told of an error that is not ours. */
const LONGEST_WHY = 400;

/** @param error whatever was thrown */
export function leftOut(name: string, error: unknown, brings?: PluginDescription): LeftOutPlugin {
  const { message, nextStep } = told(error, name);
  const fault = new ServonautError('config_invalid', {
    message: `The plugin ${name} is left out: ${message}`,
    nextStep,
    cause: error,
  });
  return { name, fault, brings: brings ?? { tools: [], sources: [] } };
}

/** Of a profile of which it cannot be known what it has allowed. */
export function noneKnown(error: unknown): LeftOutPlugin {
  const { message, nextStep } = told(error);
  const fault = new ServonautError('config_invalid', {
    message: `No plugin is loaded: ${message}`,
    nextStep,
    cause: error,
  });
  return { name: 'all plugins', fault, brings: { tools: [], sources: [] } };
}

function told(error: unknown, name?: string): { readonly message: string; readonly nextStep: string } {
  const known = asServonautError(error);
  if (known) return known;
  const { message } = Object(error) as { readonly message?: unknown };
  const words = (typeof message === 'string' ? message : inspect(error)).replace(/\s+/g, ' ').slice(0, LONGEST_WHY);
  const why = words.trim().replace(/\.*$/, '.');
  return {
    message: name === undefined ? why : `It cannot be loaded: ${why}`,
    nextStep:
      name === undefined
        ? 'Mend what is named.'
        : `Install a version of it that can be loaded, or run "servonaut plugins revoke ${name}".`,
  };
}

/** In the order in which they are listed. */
export function leftOutOf(
  plugins: Iterable<{ readonly name: string; readonly leftOut?: LeftOutPlugin }>,
): LeftOutPlugin[] {
  return [...plugins].flatMap((plugin) => plugin.leftOut ?? []);
}

/** In one line, and not plain yet: authors' words may be in it. */
export function leftOutText({ fault }: LeftOutPlugin): string {
  return `${fault.message} ${fault.nextStep}`;
}

/** What became of a tool that would be there. */
export function missingTool(tool: string, plugin: LeftOutPlugin): ServonautError {
  return new ServonautError('unknown_tool', {
    message: `The tool "${tool}" is one of the plugin ${plugin.name}, which this executor has left out.`,
    nextStep: 'On its machine "servonaut plugins list" says why, and what to do.',
    detail: leftOutText(plugin),
  });
}
