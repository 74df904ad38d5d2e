import {
  PARAMETER_LENGTH,
  renderTemplate,
  ServonautError,
  type CommandParameter,
  type CommandTemplate,
} from '@servonaut/contracts';
import { LinearPattern } from '../../../platform/patterns/linear-pattern.ts';

/** Most of a name that there is no parameter of, in characters, that an answer repeats. */
const NAME_LENGTH = 40;

/**
 * The command of an approved template, with the values that a caller has given. What a value is says its pattern; that it is one word of the shell
 * and nothing else, whatever the pattern, is said by the quoting.
 * @throws ServonautError `invalid_request` naming each parameter that is not right, never its value
 */
export function fillIn(template: CommandTemplate, given: Readonly<Record<string, unknown>>): string {
  const values = new Map(Object.entries(given));
  const unknown = [...values.keys()]
    .filter((name) => !Object.hasOwn(template.parameters, name))
    .map((name) => `there is no parameter ${JSON.stringify(name.slice(0, NAME_LENGTH))}`);
  const faults = Object.entries(template.parameters).flatMap(([name, parameter]) => {
    const fault = faultOf(values.get(name), parameter);
    return fault === undefined ? [] : `${name}: ${fault}; expected what fits ${parameter.pattern} as a whole`;
  });
  if (unknown.length + faults.length > 0) throw notFilled(template, [...faults, ...unknown.slice(0, 1)]);
  return renderTemplate(template.template, values as ReadonlyMap<string, string>);
}

/** A value that begins with `-` would be an option of the program, so a pattern has to say that it means one. */
function faultOf(value: unknown, { pattern, max_length = PARAMETER_LENGTH }: CommandParameter): string | undefined {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return 'not a text';
  if (value.length > max_length) return `longer than ${max_length} characters`;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return 'contains a line break or another control character';
  if (!value.isWellFormed()) return 'not well-formed Unicode';
  if (value.startsWith('-') && !pattern.startsWith('-')) return 'begins with "-"';
  return new LinearPattern(pattern).fits(value) ? undefined : 'does not fit';
}

function notFilled({ name }: CommandTemplate, faults: readonly string[]): ServonautError {
  return new ServonautError('invalid_request', {
    message: `The parameters of ${name} are not valid. ${faults.join('. ')}.`,
    nextStep: 'Correct them and call run_command again; tools/list has the patterns. Nothing was run.',
  });
}
