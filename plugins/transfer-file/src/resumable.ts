import { ServonautError } from '@servonaut/plugin-sdk';

const NEXT_STEPS: Readonly<Record<string, string>> = {
  connection_lost: 'Call again with the same arguments: it goes on where it was cut off.',
  timed_out: 'Call again with the same arguments and a longer timeout_seconds: it goes on where it was.',
};

/** Says of what cuts a transfer off that the next call goes on with it. */
export async function resumable<Value>(transferring: Promise<Value>): Promise<Value> {
  try {
    return await transferring;
  } catch (error) {
    const nextStep = error instanceof ServonautError ? NEXT_STEPS[error.code] : undefined;
    if (!(error instanceof ServonautError) || nextStep === undefined) throw error;
    const { code, message, facts } = error;
    throw new ServonautError(code, { message, facts, nextStep, cause: error });
  }
}
