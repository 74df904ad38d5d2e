import { PARAMETER_LENGTH, ServonautError, type CommandTemplate } from '@servonaut/contracts';
import { LinearPattern, PatternFault } from '../../../platform/patterns/linear-pattern.ts';

/** Most patterns of one credential. */
const PATTERNS = 100;
/** Most steps that matching the parameters of one call can take: about 5 ms, for which all other users wait. */
const STEPS_OF_CALL = 20_000;
/** Largest patterns of one call, together: each is compiled for it. */
const SIZE_OF_CALL = 2_000;
/** The same for all commands of one credential, of whose patterns each is compiled when it is issued. */
const SIZE_OF_CREDENTIAL = 10_000;

/**
 * Refuses patterns that are none, or that would keep the coordinator busy. The rest of what templates have to be is in their schema.
 * @throws ServonautError `invalid_request` that names the pattern
 */
export function checkCommandTemplates(commands: readonly CommandTemplate[]): void {
  const patterns = commands.reduce((sum, { parameters }) => sum + Object.keys(parameters).length, 0);
  if (patterns > PATTERNS) throw invalid(`commands: more than ${PATTERNS} patterns`);
  let total = 0;
  for (const [index, command] of commands.entries()) {
    total += sizeOfCall(command, `commands.${index}.parameters`);
    if (total > SIZE_OF_CREDENTIAL) throw invalid('commands: the patterns are too large together');
  }
}

function sizeOfCall({ parameters }: CommandTemplate, path: string): number {
  let [size, steps] = [0, 0];
  for (const [name, { pattern, max_length = PARAMETER_LENGTH }] of Object.entries(parameters)) {
    const compiled = compile(pattern, `${path}.${name}.pattern`);
    size += compiled.size;
    steps += compiled.stepsPerCharacter * max_length;
    if (size > SIZE_OF_CALL || steps > STEPS_OF_CALL)
      throw invalid(`${path}: too much to match: say a smaller max_length (now ${max_length}), or a simpler pattern`);
  }
  return size;
}

function compile(pattern: string, path: string): LinearPattern {
  try {
    return new LinearPattern(pattern);
  } catch (error) {
    if (error instanceof PatternFault) throw invalid(`${path}: ${error.message}`);
    throw error;
  }
}

function invalid(message: string): ServonautError {
  return new ServonautError('invalid_request', { message });
}
