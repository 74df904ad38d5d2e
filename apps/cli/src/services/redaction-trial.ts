import type { FoundSecret } from '../redaction/found-places.ts';
import { placeholder } from '../redaction/placeholder.ts';
import type { Redactor } from '../redaction/redactor.ts';

/** One secret of a file: where it stands and what it would be replaced with, never the secret itself. */
export interface TriedSecret {
  readonly kind: string;
  /** From 1 on. */
  readonly line: number;
  /** In bytes, from 1 on. */
  readonly column: number;
  readonly placeholder: string;
}

/** What would be taken out of these bytes if they were the output of a command, in order, in memory that does not grow with them. */
export async function* trySecrets(source: AsyncIterable<Uint8Array>, redactor: Redactor): AsyncGenerator<TriedSecret> {
  let found: FoundSecret[] = [];
  const stream = redactor.stream((secret) => found.push(secret));
  const taken = function* (): Generator<TriedSecret> {
    for (const { kind, line, column } of found) yield { kind, line, column, placeholder: placeholder(kind) };
    found = [];
  };
  for await (const chunk of source) {
    stream.write(Buffer.from(chunk));
    yield* taken();
  }
  stream.end();
  yield* taken();
}
