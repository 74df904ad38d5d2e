import { endBehindPlaceholder, placeholder } from './placeholder.ts';

/** A secret in some bytes. */
export interface Finding {
  readonly kind: string;
  /** Where that begins by which it was known, such as its name: at or before `start`. */
  readonly from: number;
  readonly start: number;
  end: number;
  /** Where that ends of which it was known, at or behind its own end. */
  to: number;
  /** Goes on with the secret that the bytes before have ended in. */
  readonly isContinued: boolean;
  /** The lower, the more exact is what has found it. */
  readonly rank: number;
}

/** In order and apart: of those that overlap one is left, of all that they cover, by the name that the most exact one gives. */
export function merged(found: readonly Finding[]): Finding[] {
  const apart: Finding[] = [];
  for (const finding of found.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (!last || finding.start >= last.end) apart.push(finding);
    else apart[apart.length - 1] = united(last, finding);
  }
  return apart;
}

function united(a: Finding, b: Finding): Finding {
  const { kind, rank } = b.rank < a.rank ? b : a;
  const [end, to] = [Math.max(a.end, b.end), Math.max(a.to, b.to)];
  const from = Math.min(a.from, b.from);
  return { kind, rank, from, start: a.start, end, to, isContinued: a.isContinued };
}

/** Counts of secrets by kind, as they come. */
export class FoundCounts {
  readonly #counts: Record<string, number> = {};

  get counts(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }

  add(kind: string, count = 1): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + count;
  }

  addAll(counts: Readonly<Record<string, number>>): void {
    for (const [kind, count] of Object.entries(counts)) this.add(kind, count);
  }
}

/** The bytes with placeholders in place of what was found, which is counted. @returns `bytes` itself when nothing was */
export function withPlaceholders(bytes: Buffer, findings: readonly Finding[], counts: FoundCounts): Buffer {
  if (findings.length === 0) return bytes;
  const parts: Buffer[] = [];
  let at = 0;
  for (const { kind, start, end, isContinued } of findings) {
    parts.push(bytes.subarray(at, start));
    at = end;
    if (isContinued) continue;
    parts.push(Buffer.from(placeholder(kind)));
    counts.add(kind);
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** Without what is nothing but the placeholder of what was redacted before. */
export function notRedacted(line: Buffer, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length === 0) return findings;
  const text = line.toString('latin1');
  return findings.flatMap((finding) => {
    const end = endBehindPlaceholder(text, finding.start, finding.end);
    return end === undefined ? [] : [{ ...finding, end, to: Math.max(end, finding.to) }];
  });
}
