import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { COLLECTED } from './collected.ts';

/** Imported before a program: SIGUSR2 collects its garbage, so that what is left is what it holds. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
  for (let pass = 0; pass < 3; pass++) collect();
  console.log(COLLECTED);
});
