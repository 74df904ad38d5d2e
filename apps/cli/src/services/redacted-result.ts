import type { CommandResultInput } from '@servonaut/contracts';
import { FoundCounts } from '../redaction/finding.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { bounded } from './tool-result.ts';

const ERROR_MESSAGE_LENGTH = 8_192;

/**
 * A result as it leaves: without secrets, and with how many were taken out of the call's output before and out of the rest now.
 * @param soFar what was taken out while the output came
 */
export function redactedResult(
  result: CommandResultInput,
  redactor: Pick<Redactor, 'redact' | 'redactJson'>,
  soFar: Readonly<Record<string, number>>,
): CommandResultInput {
  const counts = new FoundCounts();
  counts.addAll(soFar);
  const clean = <Text extends string | null | undefined>(text: Text): Text | string => {
    if (!text) return text;
    const { text: left, found } = redactor.redact(text);
    counts.addAll(found);
    return left;
  };
  const data = result.data && redactor.redactJson(result.data);
  if (data) counts.addAll(data.found);
  const [stdout, stderr] = [clean(result.stdout), clean(result.stderr)];
  const isBoth = result.output === (result.stdout ?? '') + (result.stderr ?? '');
  const message = clean(result.error_message);
  const output = isBoth ? bounded(stdout ?? '') + bounded(stderr ?? '') : bounded(clean(result.output));
  const redactions = counts.counts;
  return {
    ...result,
    ...(stdout !== undefined && { stdout: bounded(stdout) }),
    ...(stderr !== undefined && { stderr: bounded(stderr) }),
    output,
    ...(message !== undefined && { error_message: message && message.slice(0, ERROR_MESSAGE_LENGTH) }),
    ...(data && { data: data.value }),
    ...(Object.keys(redactions).length > 0 && { redactions }),
  };
}
