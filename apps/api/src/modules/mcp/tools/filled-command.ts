import {
  fillWord,
  PARAMETER_LENGTH,
  renderTemplate,
  ServonautError,
  showTemplate,
  templateWords,
  type CommandParameter,
  type CommandTemplate,
} from '@servonaut/contracts';
import { LinearPattern } from '../../../platform/patterns/linear-pattern.ts';

/** Most of a name that there is no parameter of, in characters, that an answer repeats. */
const NAME_LENGTH = 40;

/**
 * The command of an approved template, with the values that a caller has given. What a value is says its pattern; that it is part of one argument
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
    return fault === undefined ? [] : `${name}: ${fault}`;
  });
  if (unknown.length + faults.length > 0) throw notFilled(template, [...faults, ...unknown.slice(0, 1)]);
  const texts = values as ReadonlyMap<string, string>;
  const options = optionsAmong(template, texts).map((name) => `${name}: makes its argument begin with "-"`);
  if (options.length > 0) throw notFilled(template, options);
  return renderTemplate(template.template, texts);
}

/** Placeholders at the beginning of an argument that becomes an option by an empty value: in `{a}-{b}`, say. */
function optionsAmong({ template, parameters }: CommandTemplate, values: ReadonlyMap<string, string>): string[] {
  return templateWords(template).flatMap((word) => {
    const [first] = word;
    if (!first || 'text' in first || parameters[first.placeholder]?.pattern.startsWith('-')) return [];
    return fillWord(word, values).startsWith('-') ? [first.placeholder] : [];
  });
}

/** What a value may be, for a model. */
export function inWords({ pattern, max_length = PARAMETER_LENGTH }: CommandParameter): string {
  return `${pattern} (up to ${max_length} characters)`;
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

function notFilled({ name, template, parameters }: CommandTemplate, faults: readonly string[]): ServonautError {
  const takes = Object.entries(parameters).map(([parameter, may]) => `${parameter}: ${inWords(may)}`);
  const all = takes.length > 0 ? `takes ${takes.join('; ')}` : 'takes no parameters';
  return new ServonautError('invalid_request', {
    message: `The parameters of ${name} are not valid. ${faults.join('. ')}. [${showTemplate(template)}] ${all}.`,
    nextStep: 'Correct them and call run_command again. Nothing was run.',
  });
}
