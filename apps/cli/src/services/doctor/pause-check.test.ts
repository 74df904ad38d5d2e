import { expect, it } from '@jest/globals';
import { PauseFile } from '../../pause/pause-file.ts';
import { pauseCheck } from './pause-check.ts';
import { aPatient } from './testing/a-patient.ts';

it('warns of a pause, with its date and reason', async () => {
  const who = await aPatient();
  expect(pauseCheck(who)).toMatchObject([{ state: 'ok' }]);
  const { since } = await new PauseFile(who.session.paths.stateDir).pause('lunch');
  expect(pauseCheck(who)).toMatchObject([
    { state: 'warning', what: `Paused since ${since} (lunch): every request is refused.` },
  ]);
});
