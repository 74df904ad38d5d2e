import type { Comparison, Disagreement } from '../local-audit/audit-comparison.ts';
import type { LocalEntry } from '../local-audit/audit-entry.ts';
import type { ChainTrim, ChainVerification, LocalFault } from '../local-audit/chain-verification.ts';
import { LOCAL_AGENT } from '../policy/caller.ts';
import { plainText } from './plain-text.ts';
import { faultWords } from './verification-view.ts';

/** Most faults of a kind that are shown; the rest are counted. */
const SHOWN_FAULTS = 100;

type Facts = Readonly<Record<string, unknown>>;

const factsOf = (value: unknown): Facts => (typeof value === 'object' && value !== null ? (value as Facts) : {});

/** One line for each. */
export function renderEntries(entries: readonly LocalEntry[]): string {
  if (entries.length === 0) return 'Nothing.\n';
  return entries.map(({ record }) => `${entryText(record)}\n`).join('');
}

function entryText({ seq, at, kind, request_id, data }: LocalEntry['record']): string {
  const call = request_id === null ? [] : [who(data), data['tool'], data['server'], request_id];
  const words = [seq, at, kind, ...call, ...whatOf(kind, data)];
  return plainText(words.filter((word) => word !== undefined && word !== null && word !== '').join('  '));
}

function who(data: Facts): unknown {
  const { kind, id, label } = factsOf(data['principal']);
  // What it calls itself is not how it is known.
  if (kind === LOCAL_AGENT) return `${kind}:${String(id)} ${JSON.stringify(label)}`;
  return label ?? ('executor_id' in data ? undefined : 'operator');
}

function whatOf(kind: string, data: Facts): unknown[] {
  if (kind === 'call.ended') return [data['status'], data['error_code'], exitText(data['exit_code'])];
  if (kind !== 'call.asked' && kind !== 'call.decided')
    return [Object.keys(data).length > 0 ? JSON.stringify(data) : ''];
  const { decision, class: worst, rule } = factsOf(data['decision']);
  const { by, is_approved } = factsOf(data['approval']);
  const answer = typeof by === 'string' ? `${is_approved === true ? 'approved' : 'declined'} (${by})` : undefined;
  return [decision, worst, rule, answer, data['refused'], factsOf(data['arguments'])['shown']];
}

const exitText = (code: unknown): string => (typeof code === 'number' ? `exit ${code}` : '');

export function renderVerification(chain: ChainVerification, comparison: Comparison | undefined): string {
  const { firstSeq, head, torn, trim, faults, entries } = chain;
  const range = entries === 0 ? 'No entries.' : `Entries ${firstSeq} to ${head.seq}, head ${head.seq}:${head.hash}`;
  const lines = [range];
  if (torn > 0) lines.push(`${torn} line(s) were cut off while they were written, by a kill or a full disk.`);
  if (trim) lines.push(trimText(trim));
  lines.push(...shown(faults.map((fault) => `  FAULT at ${placeText(fault)}: ${faultWords(fault.fault)}`)));
  if (comparison) lines.push(...comparisonLines(comparison));
  return `${lines.join('\n')}\n`;
}

/** With the settings by which it says that it was done, since they are for the operator to know again. */
function trimText({ at, why, keep_mib, keep_days }: ChainTrim): string {
  const reason =
    why === 'size' ? `there were more than ${keep_mib} MiB of them` : `they were older than ${keep_days} day(s)`;
  return `The entries before these were removed on ${plainText(at)}: it is recorded that ${reason}.`;
}

function placeText({ seq, until }: LocalFault): string {
  return until === undefined || until === seq ? `entry ${seq}` : `entries ${seq} to ${until}`;
}

const DISAGREES: Readonly<Record<Disagreement['fault'], string>> = {
  missing_there: 'is not in the audit of the coordinator',
  missing_here: 'is in the audit of the coordinator, and not here',
  other_hash: 'is another one in the audit of the coordinator',
};

function comparisonLines({ same, trimmed, elsewhere, unsettled, forgotten, disagreements }: Comparison): string[] {
  const text = ({ request_id, fault, at, seq }: Disagreement): string =>
    `  FAULT: ${plainText(request_id)}${seq === null ? '' : `, entry ${seq}`}, ${plainText(at)}, ${DISAGREES[fault]} (${fault})`;
  return [
    `The coordinator has the same of ${same} request(s).`,
    ...(unsettled > 0 ? [`${unsettled} need not be there yet.`] : []),
    ...(forgotten > 0 ? [`${forgotten} ended before the oldest that the coordinator has.`] : []),
    ...(trimmed > 0 ? [`${trimmed} of this executor's are no longer kept here.`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} of its own are of other executors.`] : []),
    ...shown(disagreements.map(text)),
  ];
}

function shown(lines: readonly string[]): readonly string[] {
  if (lines.length <= SHOWN_FAULTS) return lines;
  return [...lines.slice(0, SHOWN_FAULTS), `  and ${lines.length - SHOWN_FAULTS} more`];
}

export function verificationJson(chain: ChainVerification, comparison: Comparison | undefined): object {
  const { firstSeq, head, torn, trim, faults, entries } = chain;
  return { entries, first_seq: firstSeq, head, torn, ...(trim && { trim }), faults, ...(comparison && { comparison }) };
}
