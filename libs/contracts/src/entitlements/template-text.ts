import { quote } from '../shell/quote.ts';

/** One piece of a template: the author's own text, or a place for a value. */
export type TemplatePart = { readonly text: string } | { readonly placeholder: string };

/** `{{` and `}}` are braces of the command itself. */
const BRACES = /\{\{|\}\}|\{([a-z][a-z0-9_-]{0,39})\}|[{}]/g;

/** @returns what is wrong with the template where it cannot be taken apart */
export function parseTemplate(template: string): readonly TemplatePart[] | { readonly fault: string } {
  const parts: TemplatePart[] = [];
  let text = '';
  let end = 0;
  for (const { 0: braces, 1: placeholder, index } of template.matchAll(BRACES)) {
    text += template.slice(end, index);
    end = index + braces.length;
    if (placeholder !== undefined) {
      parts.push({ text }, { placeholder });
      text = '';
    } else if (braces.length === 2) text += braces.slice(1);
    else return { fault: `a single "${braces}": write {name} for a placeholder, {{ or }} for a brace of the command` };
  }
  return [...parts, { text: text + template.slice(end) }].filter((part) => !('text' in part && part.text === ''));
}

/** Names, in the order in which they stand; the same one may stand twice. */
export function placeholdersOf(parts: readonly TemplatePart[]): string[] {
  return parts.flatMap((part) => ('placeholder' in part ? [part.placeholder] : []));
}

/** The words of a template with placeholders, each with its parts: what stands between spaces. */
export function wordsOf(parts: readonly TemplatePart[]): TemplatePart[][] {
  const words: TemplatePart[][] = [[]];
  for (const part of parts) {
    const [first = part, ...others] = 'text' in part ? part.text.split(' ').map((text) => ({ text })) : [];
    words.at(-1)?.push(first);
    words.push(...others.map((text) => [text]));
  }
  return words
    .map((word) => word.filter((part) => !('text' in part && part.text === '')))
    .filter((word) => word.length > 0);
}

/**
 * The template as the command that will be, with its placeholders: its own braces are single ones.
 * @param template one that `commandTemplateSchema` has accepted
 */
export function showTemplate(template: string): string {
  return partsOf(template)
    .map((part) => ('text' in part ? part.text : `{${part.placeholder}}`))
    .join('');
}

/**
 * The command for the shell. With placeholders it is one program and its arguments, every word of them quoted: `env` starts it, so that no shell takes the
 * first for a builtin, a function or an alias of its own. Whether the values may be what they are has been decided before.
 * @param template one that `commandTemplateSchema` has accepted
 * @param values one for each placeholder
 * @throws ServonautError `invalid_request` for what no process can receive
 */
export function renderTemplate(template: string, values: ReadonlyMap<string, string>): string {
  const parts = partsOf(template);
  if (placeholdersOf(parts).length === 0) return showTemplate(template);
  const words = wordsOf(parts).map((word) => quote(fillWord(word, values)));
  return ['env', ...words].join(' ');
}

/** The words of a template that `commandTemplateSchema` has accepted. */
export function templateWords(template: string): TemplatePart[][] {
  return wordsOf(partsOf(template));
}

/** The word with its values, as the program will get it. */
export function fillWord(word: readonly TemplatePart[], values: ReadonlyMap<string, string>): string {
  return word.map((part) => ('text' in part ? part.text : valueOf(part.placeholder, values))).join('');
}

function valueOf(placeholder: string, values: ReadonlyMap<string, string>): string {
  const value = values.get(placeholder);
  if (value === undefined) throw new TypeError(`no value for ${placeholder}`);
  return value;
}

function partsOf(template: string): readonly TemplatePart[] {
  const parts = parseTemplate(template);
  if ('fault' in parts) throw new TypeError(`not a template: ${parts.fault}`);
  return parts;
}
