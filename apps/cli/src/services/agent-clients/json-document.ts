import {
  applyEdits,
  findNodeAtLocation,
  modify,
  parse,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import type { Document, EntryEdit } from './entry-edit.ts';

/** White space and comments. */
const BETWEEN = /^(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*/;
const INDENT = /^(\t+| +)"/m;

/** JSON with comments, as editors write it. */
export function readJson(text: string): Document {
  if (text.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) throw new Error(`${printParseErrorCode(error.error)} in line ${lineOf(text, error.offset)}`);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Document;
  throw new Error('it is no object');
}

/** Nothing but the entry is touched: the edits of the library put what stands beside it into a form of theirs. */
export function editJson(text: string, { section, name, fields }: EntryEdit): string {
  const whole = text.trim() === '' ? '{}\n' : text;
  const form = formOf(whole);
  const root = parseTree(whole, [], { allowTrailingComma: true });
  const entry = root && findNodeAtLocation(root, [section, name]);
  const first = root && findNodeAtLocation(root, [section])?.children?.[0];
  if (!fields) return entry?.parent ? without(whole, entry.parent) : whole;
  if (entry)
    return spliced(whole, entry, valueText(fields, form, /^\s*/.exec(lineBefore(whole, entry.offset))?.[0] ?? ''));
  const indent = first && ownLineIndent(whole, first.offset);
  const line = first?.parent && lineAfterBrace(whole, first.parent.offset);
  if (indent !== undefined && line !== undefined) {
    const value = valueText(fields, form, indent);
    return spliced(whole, { offset: line, length: 0 }, `${indent}${JSON.stringify(name)}: ${value},${form.eol}`);
  }
  const { eol, indent: unit } = form;
  const formattingOptions = { insertSpaces: !unit.startsWith('\t'), tabSize: unit.length, eol };
  return applyEdits(whole, modify(whole, [section, name], fields, { formattingOptions }));
}

interface Form {
  readonly indent: string;
  readonly eol: string;
}

function formOf(text: string): Form {
  return { indent: INDENT.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

function valueText(fields: Document, { indent, eol }: Form, before: string): string {
  return JSON.stringify(fields, null, indent).replaceAll('\n', `${eol}${before}`);
}

function lineBefore(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
}

/** Undefined where something else stands before it on the line. */
function ownLineIndent(text: string, offset: number): string | undefined {
  const line = lineBefore(text, offset);
  return line.trim() === '' && text.slice(0, offset).includes('\n') ? line : undefined;
}

/** Where the line begins after the brace, so that a comment above the first property stays right above it. Undefined where more than a comment follows the brace. */
function lineAfterBrace(text: string, brace: number): number | undefined {
  const [passed] = /^\{[^\S\n]*(?:\/\/[^\n]*)?\n/.exec(text.slice(brace)) ?? [];
  return passed === undefined ? undefined : brace + passed.length;
}

/** Takes a property out, with the white space before it and the comma that is one too many then. Comments stay. */
function without(text: string, property: Node): string {
  const before = property.parent?.children?.findLast(({ offset }) => offset < property.offset);
  const end = endOf(property);
  const comma = commaAfter(text, end) ?? (before && commaAfter(text, endOf(before)));
  const start = text.slice(0, property.offset).trimEnd().length;
  const cuts = [{ offset: start, length: end - start }, ...(comma === undefined ? [] : [{ offset: comma, length: 1 }])];
  return cuts.toSorted((one, other) => other.offset - one.offset).reduce((rest, cut) => spliced(rest, cut, ''), text);
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** Where the comma stands that comes next but for white space and comments. */
function commaAfter(text: string, offset: number): number | undefined {
  const [passed = ''] = BETWEEN.exec(text.slice(offset)) ?? [];
  return text[offset + passed.length] === ',' ? offset + passed.length : undefined;
}

function spliced(text: string, { offset, length }: { offset: number; length: number }, instead: string): string {
  return text.slice(0, offset) + instead + text.slice(offset + length);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
