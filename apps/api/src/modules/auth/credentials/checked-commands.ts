import { PARAMETER_LENGTH, ServonautError, type CommandParameter, type CommandTemplate } from '@servonaut/contracts';
import { LinearPattern, PatternFault } from '../../../platform/patterns/linear-pattern.ts';

/** Most steps that matching the parameters of one call can take: about 100 ms, for which all other users wait. */
const STEPS_OF_CALL = 250_000;
/** The same for all commands of one credential together, of whose patterns each is compiled when it is issued. */
const STEPS_OF_CREDENTIAL = 2_500_000;

/**
 * Refuses patterns that are none, or that would keep the coordinator busy. The rest of what templates have to be is in their schema.
 * @throws ServonautError `invalid_request` that names the pattern
 */
export function checkCommandTemplates(commands: readonly CommandTemplate[]): void {
  let total = 0;
  for (const [index, { parameters }] of commands.entries()) {
    const path = `commands.${index}.parameters`;
    let steps = 0;
    for (const [name, parameter] of Object.entries(parameters)) {
      steps += stepsOf(parameter, `${path}.${name}.pattern`);
      if (steps > STEPS_OF_CALL) throw invalid(`${path}: the patterns are too large for values of that length`);
    }
    total += steps;
    if (total > STEPS_OF_CREDENTIAL) throw invalid('commands: the patterns are too large together');
  }
}

function stepsOf({ pattern, max_length = PARAMETER_LENGTH }: CommandParameter, path: string): number {
  try {
    return new LinearPattern(pattern).stepsPerCharacter * max_length;
  } catch (error) {
    if (error instanceof PatternFault) throw invalid(`${path}: ${error.message}`);
    throw error;
  }
}

function invalid(message: string): ServonautError {
  return new ServonautError('invalid_request', { message });
}
