import { lockHolder } from '../../journal/profile-lock.ts';
import { storedExecutorId } from '../../relay/executor-id.ts';
import { ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether `connect` runs for this profile, here and as the coordinator has it. */
export async function connectCheck({ session, coordinator, client }: Patient): Promise<Seen[]> {
  const { stateDir } = session.paths;
  const pid = lockHolder(stateDir);
  const start = `Run "servonaut connect --profile ${session.profile.value}".`;
  if (pid === null) return [warning('None runs for this profile: agents reach no server of it.', start)];
  if ('error' in (await coordinator())) return [ok(`One runs for this profile, pid ${pid}.`)];
  const { executors } = await (await client()).status();
  const id = storedExecutorId(stateDir);
  const state = executors.find(({ executor_id: other }) => other === id)?.state ?? 'offline';
  if (state === 'online') return [ok(`One runs for this profile, pid ${pid}, and the coordinator sees it.`)];
  return [
    warning(
      `One runs for this profile, pid ${pid}, and is "${state}" to the coordinator.`,
      state === 'draining' ? `It ends. ${start}` : 'See what it says; when it waits for the coordinator, it says why.',
    ),
  ];
}
