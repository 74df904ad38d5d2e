import { ServonautError } from '@servonaut/contracts';
import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';

/** Largest file in bytes: a second of parsing, during which nothing else happens. */
const MAX_BYTES = 1_048_576;

function invalid(path: string, line: number | undefined, what: string, cause?: unknown): ServonautError {
  const at = line === undefined ? '' : `, line ${line}`;
  return new ServonautError('config_invalid', {
    message: `${path}${at}: ${what}`,
    facts: { line: line ?? null },
    cause,
  });
}

/** @throws ServonautError `config_invalid` for more bytes than are worth reading */
export function checkYamlSize(path: string, bytes: number): void {
  if (bytes > MAX_BYTES) throw invalid(path, undefined, `larger than ${MAX_BYTES} bytes`);
}

/** Line of the value at a path, or of the closest thing above it that is there. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** What a document may not hold although YAML has it: what takes another meaning, or more room, than it seems to have. */
function checkNodes(document: Document, path: string, lines: LineCounter): void {
  const refuse = (node: { range?: readonly number[] | null }, what: string) => {
    throw invalid(path, lines.linePos(node.range?.[0] ?? 0).line, what);
  };
  visit(document, {
    Alias: (_, alias) =>
      refuse(
        alias,
        `*${alias.source} is an alias, which is not supported; put quotes around a value that begins with *`,
      ),
    Pair: (_, { key }) => {
      // No schema sees it: JavaScript takes it for the prototype.
      if (isScalar(key) && key.value === '__proto__') refuse(key, '__proto__ is no field');
    },
  });
}

function parse<Schema extends z.ZodType>(text: string, path: string, schema: Schema): z.output<Schema> {
  checkYamlSize(path, Buffer.byteLength(text));
  const nul = text.indexOf('\0');
  if (nul >= 0) throw invalid(path, text.slice(0, nul).split('\n').length, 'holds a NUL character');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  checkNodes(document, path, lines);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path ?? [];
  throw invalid(path, lineOf(document, where, lines), `${where.join('.') || 'file'}: ${issue?.message ?? 'not valid'}`);
}

/**
 * What the operator wrote, as the schema has it. An empty document is null. Aliases are not supported.
 * @throws ServonautError `config_invalid`, and nothing else, naming the file, the line (also as the fact `line`) and what is wrong there
 */
export function parseYamlFile<Schema extends z.ZodType>(text: string, path: string, schema: Schema): z.output<Schema> {
  try {
    return parse(text, path, schema);
  } catch (error) {
    if (error instanceof ServonautError) throw error;
    throw invalid(path, undefined, 'cannot be understood', error);
  }
}
