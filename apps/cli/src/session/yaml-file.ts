import { ServonautError } from '@servonaut/contracts';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

function invalid(path: string, line: number | undefined, what: string): ServonautError {
  const at = line === undefined ? '' : `, line ${line}`;
  return new ServonautError('config_invalid', { message: `${path}${at}: ${what}`, facts: { line: line ?? null } });
}

/** Line of the value at a path, or of the closest thing above it that is there. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/**
 * What the operator wrote, as the schema has it. An empty document is null.
 * @throws ServonautError `config_invalid` naming the file, the line (also as the fact `line`) and what is wrong there
 */
export function parseYamlFile<Schema extends z.ZodType>(text: string, path: string, schema: Schema): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path ?? [];
  throw invalid(path, lineOf(document, where, lines), `${where.join('.') || 'file'}: ${issue?.message ?? 'not valid'}`);
}
