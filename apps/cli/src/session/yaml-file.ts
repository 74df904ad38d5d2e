import { faultText, inWords, nearestFaults, ServonautError } from '@servonaut/contracts';
import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
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

/** What the parser says would quote the file, which may hold what is nobody's business. */
const SYNTAX_FAULTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'it is indented as it cannot be, or a bracket before it is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'a key stands where a value was begun; a colon in a text needs quotes around that',
  DUPLICATE_KEY: 'this key stands there twice',
  MISSING_CHAR: 'a quote, a bracket, a colon or a space is missing',
  MULTIPLE_DOCS: 'a second document begins',
  TAB_AS_INDENT: 'it is indented with a tab; use spaces',
  UNEXPECTED_TOKEN: 'something stands there that YAML does not allow here',
};

function syntaxFault(code: string): string {
  return `no YAML: ${SYNTAX_FAULTS[code] ?? 'it cannot be read'} (${code})`;
}

interface Ranged {
  readonly range?: readonly number[] | null | undefined;
}

/** Of the value at a path, or of the closest thing above it that is there. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Ranged | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Ranged | undefined;
    if (node?.range) return node;
  }
  return undefined;
}

/** What a document may not hold although YAML has it: what takes another meaning, or more room, than it seems to have. */
function nodeFaults(document: Document, fault: (node: Ranged, what: string) => ServonautError): ServonautError[] {
  const faults: ServonautError[] = [];
  visit(document, {
    Alias: (_, alias) => {
      const what = `*${alias.source} is an alias, which is not supported; put quotes around a value that begins with *`;
      faults.push(fault(alias, what));
    },
    Pair: (_, { key }) => {
      // No schema sees it: JavaScript takes it for the prototype.
      if (isScalar(key) && key.value === '__proto__') faults.push(fault(key, '__proto__ is no field'));
    },
  });
  return faults;
}

/** One fault of the schema for each field that it does not know, at the line of that field. */
function schemaFaults(
  issue: z.core.$ZodIssue,
  document: Document,
  fault: (node: Ranged | undefined, what: string) => ServonautError,
): ServonautError[] {
  const { path, message } = issue;
  const where = path.join('.') || 'file';
  if (issue.code !== 'unrecognized_keys') return [fault(nodeAt(document, path), faultText(where, message))];
  const map: unknown = document.getIn(path, true);
  const words = message.split('\n');
  return issue.keys.map((key, index) => {
    const pair = isMap(map)
      ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    return fault(
      (pair?.key as Ranged | undefined) ?? nodeAt(document, path),
      faultText(where, words[index] ?? message),
    );
  });
}

/** A file as its schema has it. */
export interface UnderstoodYaml<Data> {
  readonly data: Data;
  /** Line of the value at a path, or of the closest thing above it that is there. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** What a file holds, or everything that is wrong with it. */
export type YamlReading<Data> =
  | { readonly file: UnderstoodYaml<Data>; readonly faults: readonly [] }
  | { readonly file?: undefined; readonly faults: readonly [ServonautError, ...ServonautError[]] };

const isFaulty = <Fault>(faults: readonly Fault[]): faults is readonly [Fault, ...Fault[]] => faults.length > 0;

function read<Schema extends z.ZodType>(text: string, path: string, schema: Schema): YamlReading<z.output<Schema>> {
  checkYamlSize(path, Buffer.byteLength(text));
  const nul = text.indexOf('\0');
  if (nul >= 0) throw invalid(path, text.slice(0, nul).split('\n').length, 'holds a NUL character');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors.map(({ pos, code }) => invalid(path, lines.linePos(pos[0]).line, syntaxFault(code)));
  if (isFaulty(broken)) return { faults: broken };
  const lineOf = (node: Ranged | undefined) => (node?.range ? lines.linePos(node.range[0] ?? 0).line : undefined);
  const fault = (node: Ranged | undefined, what: string) => invalid(path, lineOf(node), what);
  const misleading = nodeFaults(document, fault);
  if (isFaulty(misleading)) return { faults: misleading };
  const parsed = schema.safeParse(document.toJS(), inWords());
  const wrong =
    parsed.error?.issues.flatMap(nearestFaults).flatMap((issue) => schemaFaults(issue, document, fault)) ?? [];
  if (isFaulty(wrong)) return { faults: wrong };
  if (!parsed.success) throw parsed.error;
  return { faults: [], file: { data: parsed.data, lineOf: (where) => lineOf(nodeAt(document, where)) } };
}

/** What the operator wrote, as the schema has it; each fault is a `config_invalid` as `parseYamlFile` throws it. Never throws. */
export function readYaml<Schema extends z.ZodType>(
  text: string,
  path: string,
  schema: Schema,
): YamlReading<z.output<Schema>> {
  try {
    return read(text, path, schema);
  } catch (error) {
    return {
      faults: [error instanceof ServonautError ? error : invalid(path, undefined, 'cannot be understood', error)],
    };
  }
}

/**
 * What the operator wrote, as the schema has it. An empty document is null. Aliases are not supported.
 * @throws ServonautError `config_invalid`, and nothing else, naming the file, the line (also as the fact `line`) and what is wrong there
 */
export function parseYamlFile<Schema extends z.ZodType>(text: string, path: string, schema: Schema): z.output<Schema> {
  const { file, faults } = readYaml(text, path, schema);
  if (!file) throw faults[0];
  return file.data;
}
