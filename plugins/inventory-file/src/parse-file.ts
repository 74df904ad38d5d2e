import { checkYamlLength, LONGEST_YAML, ServonautError } from '@servonaut/plugin-sdk';
import { parse, TomlError } from 'smol-toml';
import { isScalar, LineCounter, parseDocument, visit, type Scalar } from 'yaml';

export interface ParsedFile {
  readonly content: unknown;
  /** Line of what is at a path, or of the closest thing above it; undefined where the format does not tell. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

function invalid(path: string, line: number | undefined, what: string, cause?: unknown): ServonautError {
  const at = line === undefined ? '' : `, line ${line}`;
  return new ServonautError('config_invalid', { message: `${path}${at}: ${what}`, cause });
}

function parseToml(text: string, path: string): ParsedFile {
  try {
    return { content: parse(text), lineOf: () => undefined };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalid(path, error.line, error.message.split('\n')[0] ?? 'not TOML', error);
  }
}

function parseYaml(text: string, path: string): ParsedFile {
  checkYamlLength(text, path);
  const lines = new LineCounter();
  // Looks for keys that are there twice in the square of the time: done below.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  visit(document, {
    Map: (_, { items }) => {
      const twice = twiceIn(items.flatMap(({ key }) => (isScalar(key) ? [key] : [])));
      if (twice) throw invalid(path, lines.linePos(twice.range?.[0] ?? 0).line, 'DUPLICATE_KEY');
    },
  });
  const lineOf = (where: readonly PropertyKey[]): number | undefined => {
    for (let length = where.length; length >= 0; length--) {
      const node = document.getIn(where.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  return { content: document.toJS(), lineOf };
}

function twiceIn(keys: readonly Scalar[]): Scalar | undefined {
  const seen = new Set<unknown>();
  return keys.find(({ value }) => seen.size === seen.add(value).size);
}

/** Where something is, is looked up as in YAML, which each document of JSON is, too, and is not for one that is long. */
function parseJson(text: string, path: string): ParsedFile {
  let yaml: ParsedFile | undefined;
  const lineOf = (where: readonly PropertyKey[]) => (yaml ??= parseYaml(text, path)).lineOf(where);
  try {
    return { content: JSON.parse(text), lineOf: text.length > LONGEST_YAML ? () => undefined : lineOf };
  } catch (cause) {
    throw invalid(path, undefined, cause instanceof Error ? cause.message : 'not JSON', cause);
  }
}

/** By the ending of its name. @throws ServonautError `config_invalid` naming the file, and the line where there is one */
export function parseFile(text: string, path: string): ParsedFile {
  if (path.toLowerCase().endsWith('.toml')) return parseToml(text, path);
  return (path.toLowerCase().endsWith('.json') ? parseJson : parseYaml)(text, path);
}
