import { ServonautError } from '@servonaut/contracts';
import { operatorStep } from '../operator-step.ts';
import { testEach, type ServerTest } from '../server-test.ts';
import { failure, notChecked, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const shown = (milliseconds: number | null): string => `${(milliseconds ?? 0).toFixed(1)} ms`;

function seenOf({ name: subject, connectMs, execMs, error, legacy }: ServerTest): Seen {
  if (error) return failure(error.message, operatorStep(error), { subject, detail: error.detail?.trim() || null });
  const what = `Log-in in ${shown(connectMs)}, a command in ${shown(execMs)}.`;
  if (legacy.length === 0) return ok(what, { subject });
  return warning(
    `${what} Its SSH configuration allows what is considered safe no more: ${legacy.join(', ')}.`,
    'Upgrade its SSH server, then take these out of the configuration.',
    { subject },
  );
}

/** Which file is wrong has a finding of its own; that a server is named which there is not, has none. */
function unlessConfiguration(error: unknown): undefined {
  if (!(error instanceof ServonautError) || error.code !== 'config_invalid') throw error;
}

/** That each server is reached and is the one on record, lets us in and runs a command. Bounds each by itself. */
export async function serversCheck({ session, servers, ask }: Patient): Promise<Seen[]> {
  const { doctor_timeout_seconds: seconds, doctor_parallel: parallel } = session.settings;
  const reached = await servers().catch(unlessConfiguration);
  if (!reached) return [notChecked('configuration')];
  if (reached.length === 0) {
    const todo = 'Name some in ~/.ssh/config, or in servers.yaml in the folder of the profile.';
    return [warning('There are none.', todo)];
  }
  const limits = { timeoutMs: seconds.value * 1_000, parallel: parallel.value };
  const tests = await testEach(
    session,
    reached.map(({ server }) => server),
    limits,
    ask,
  );
  return tests.map(seenOf);
}
