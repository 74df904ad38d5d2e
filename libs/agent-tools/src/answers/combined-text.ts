import {
  combineAnswers,
  combinedTable,
  withoutRows,
  type Combination,
  type CombinedAnswer,
  type ServerAnswer,
} from '@servonaut/contracts';
import { redactionNote } from './answer-text.ts';

/** The answers of several servers that became one. */
export interface CombinedText {
  readonly combined: CombinedAnswer;
  has(answer: ServerAnswer): boolean;
  /** @param length most characters of the table */
  lines(length: number): string[];
  /** The answer without what is in `combined`. */
  without(answer: ServerAnswer): ServerAnswer;
}

/**
 * Puts those answers together that have data; undefined when none has. Data for which its caller has no room is in no answer, so it is not here either.
 * @param length most characters of JSON
 */
export function combinedText(
  answers: readonly ServerAnswer[],
  combination: Combination,
  length: number,
): CombinedText | undefined {
  const sources = answers.flatMap(({ server, data }) => (data && server !== null ? [{ server, data }] : []));
  if (sources.length === 0) return undefined;
  const combined = combineAnswers(combination, sources, length);
  return {
    combined,
    has: ({ data }) => data !== undefined,
    lines: (room) => [
      combinedTable(combination, combined, { servers: sources.length, length: room }),
      ...redactionNote({ redactions: redacted(answers) }),
    ],
    without: ({ data, ...answer }) => {
      const rest = data && withoutRows(data, combination);
      return { ...answer, ...(rest && { data: rest }) };
    },
  };
}

/** How many of each kind there are in all of those of which the table alone tells. */
function redacted(answers: readonly ServerAnswer[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { data, status, redactions = {} } of answers) {
    if (!data || status !== 'succeeded') continue;
    for (const [kind, count] of Object.entries(redactions)) counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}
