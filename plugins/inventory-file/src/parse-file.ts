import { ServonautError } from '@servonaut/plugin-sdk';
import { parse, TomlError } from 'smol-toml';
import { LineCounter, parseDocument } from 'yaml';

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

/** JSON too, every document of which is one of YAML. */
function parseYaml(text: string, path: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const fault = document.errors[0];
  if (fault) throw invalid(path, lines.linePos(fault.pos[0]).line, fault.code);
  const lineOf = (where: readonly PropertyKey[]): number | undefined => {
    for (let length = where.length; length >= 0; length--) {
      const node = document.getIn(where.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  return { content: document.toJS(), lineOf };
}

/** By the ending of its name. @throws ServonautError `config_invalid` naming the file, and the line where there is one */
export function parseFile(text: string, path: string): ParsedFile {
  if (path.toLowerCase().endsWith('.toml')) return parseToml(text, path);
  if (path.toLowerCase().endsWith('.json')) {
    try {
      JSON.parse(text);
    } catch (cause) {
      throw invalid(path, undefined, cause instanceof Error ? cause.message : 'not JSON', cause);
    }
  }
  return parseYaml(text, path);
}
