import type { AnyTool } from '@servonaut/plugin-sdk';
import { textAt, textPlaces, type TextPlace } from './text-place.ts';

/** Where whoever adds a tool adds its examples. */
const EXAMPLES = 'testing/example-calls.ts';
/** The argument that is to be run: the policy judges it at each call. */
const CALLERS_COMMAND = 'command';

/** One place of one example, in which strings are tried. */
export interface HostilePlace {
  readonly tool: AnyTool;
  readonly input: object;
  readonly place: TextPlace;
  /** What stands there in the example. */
  readonly usual: string;
}

/** @throws Error when a tool has no example, or none with text in one of its places */
export function hostilePlaces(
  tools: readonly AnyTool[],
  examples: Readonly<Record<string, readonly object[]>>,
): readonly HostilePlace[] {
  return tools.flatMap((tool) => {
    const inputs = examples[tool.name]?.map((input) => tool.input.parse(input) as object);
    if (!inputs) throw new Error(`${tool.name} has no example of a call. Add one to ${EXAMPLES}.`);
    const places = textPlaces(tool.manifest.input_schema);
    return places
      .filter(({ name }) => !(tool.commands && name === CALLERS_COMMAND))
      .flatMap((place) => inPlace(tool, inputs, place));
  });
}

function inPlace(tool: AnyTool, inputs: readonly object[], place: TextPlace): readonly HostilePlace[] {
  const found = inputs.flatMap((input) => {
    const usual = textAt(input, place.path);
    return usual === undefined ? [] : [{ tool, input, place, usual }];
  });
  if (found.length === 0)
    throw new Error(`No example of ${tool.name} has text in ${place.name}. Add one to ${EXAMPLES}.`);
  return found;
}
