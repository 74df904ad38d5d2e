import type { CommandResultInput } from '@servonaut/contracts';
import { FoundCounts } from '../redaction/finding.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { bounded } from './tool-result.ts';

const ERROR_MESSAGE_LENGTH = 8_192;

/** What the commands of a call have put out: it has gone through the stream. */
export interface CleanOutput {
  /** What was taken out while it came. */
  readonly redactions: Readonly<Record<string, number>>;
  /** Whether these are the very characters that came out of the stream. */
  isClean(text: string): boolean;
}

/** A result as it leaves: without secrets, cut to what the wire takes, and with how many were taken out of the call's output before and out of the rest now. */
export function redactedResult(
  result: CommandResultInput,
  redactor: Pick<Redactor, 'redact' | 'redactJson'>,
  output: CleanOutput | undefined,
): CommandResultInput {
  const counts = new FoundCounts();
  counts.addAll(output?.redactions ?? {});
  const clean = <Text extends string | null | undefined>(text: Text): Text | string => {
    if (!text || output?.isClean(text)) return text;
    const { text: left, found } = redactor.redact(text);
    counts.addAll(found);
    return left;
  };
  const data = result.data && redactor.redactJson(result.data);
  if (data) counts.addAll(data.found);
  const [stdout, stderr] = [clean(result.stdout), clean(result.stderr)];
  const isBoth = result.output === (result.stdout ?? '') + (result.stderr ?? '');
  const message = clean(result.error_message);
  const shown = isBoth ? bounded(stdout ?? '') + bounded(stderr ?? '') : bounded(clean(result.output));
  const redactions = counts.counts;
  return {
    ...result,
    ...(stdout !== undefined && { stdout: bounded(stdout) }),
    ...(stderr !== undefined && { stderr: bounded(stderr) }),
    output: shown,
    ...(message !== undefined && { error_message: message && message.slice(0, ERROR_MESSAGE_LENGTH) }),
    ...(data && { data: data.value }),
    ...(Object.keys(redactions).length > 0 && { redactions }),
  };
}
