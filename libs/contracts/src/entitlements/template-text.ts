import { LiteralScanner, type RefusedConstructs } from '../shell/literal-scanner.ts';
import { quote } from '../shell/quote.ts';
import { secondReading } from './second-reading.ts';

/** The text of a template, taken apart: there is one literal more than there are placeholders, and they alternate. */
export interface TemplateText {
  readonly literals: readonly string[];
  /** Names, in the order in which they stand; the same one may stand twice. */
  readonly placeholders: readonly string[];
}

/** `{{` and `}}` are braces of the command itself. */
const BRACES = /\{\{|\}\}|\{([a-z][a-z0-9_-]{0,39})\}|[{}]/g;

/**
 * A command with placeholders expands nothing by itself, so that what is approved is what runs: in single quotes alone a `$` or a backtick is text. The
 * others are those whose end only a shell finds.
 */
const REFUSED: RefusedConstructs = { plain: ['$', '`', '<<', '(('], 'double quotes': ['$', '`'] };

/** @returns what is wrong with the template where it cannot be taken apart */
export function parseTemplate(template: string): TemplateText | { readonly fault: string } {
  const literals: string[] = [];
  const placeholders: string[] = [];
  let literal = '';
  let end = 0;
  for (const { 0: braces, 1: name, index } of template.matchAll(BRACES)) {
    literal += template.slice(end, index);
    end = index + braces.length;
    if (name !== undefined) {
      placeholders.push(name);
      literals.push(literal);
      literal = '';
    } else if (braces.length === 2) literal += braces.slice(1);
    else return { fault: `a single "${braces}": write {name} for a placeholder, {{ or }} for a brace of the command` };
  }
  return { literals: [...literals, literal + template.slice(end)], placeholders };
}

/** @returns why a value could become more than one word of the command, or be read as a command itself; undefined when it cannot */
export function placementFault(text: TemplateText): string | undefined {
  if (text.placeholders.length === 0) return undefined;
  const scanner = new LiteralScanner(REFUSED);
  for (const [index, literal] of text.literals.entries()) {
    const fault = (index > 0 ? scanner.acceptValue() : undefined) ?? scanner.read(literal);
    if (fault !== undefined) return `a value cannot be quoted ${fault}`;
  }
  return secondReading(text.literals);
}

/**
 * The command for the shell, with each value as part of exactly one word. Whether the values may be what they are has been decided before.
 * @param template one that `commandTemplateSchema` has accepted
 * @param values one for each placeholder
 * @throws ServonautError `invalid_request` for what no process can receive
 */
export function renderTemplate(template: string, values: ReadonlyMap<string, string>): string {
  const text = parseTemplate(template);
  if ('fault' in text) throw new TypeError(`not a template: ${text.fault}`);
  return text.literals.reduce((command, literal, index) => {
    const value = values.get(text.placeholders[index - 1] ?? '');
    if (value === undefined) throw new TypeError(`no value for ${text.placeholders[index - 1]}`);
    return command + quote(value) + literal;
  });
}
