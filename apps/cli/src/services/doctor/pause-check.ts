import { PauseFile } from '../../pause/pause-file.ts';
import { pauseText } from '../../ui/render-pause.ts';
import { ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** Whether everything is refused because the operator has said so, and perhaps forgotten it. */
export function pauseCheck({ session }: Pick<Patient, 'session'>): Seen[] {
  const pause = new PauseFile(session.paths.stateDir).current();
  if (!pause) return [ok('Requests are run: nothing is paused.')];
  return [warning(`Paused ${pauseText(pause)}: every request is refused.`, 'Run "servonaut resume".')];
}
