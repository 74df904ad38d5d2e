import { parseArgs } from 'node:util';
import { killExecutor } from './kill-executor.ts';

/** `npm run kill-executor -- [--points N] [--seed N] [--agents N]`: kills the executor under load and prints what came of it. */
const { values } = parseArgs({
  options: {
    points: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    agents: { type: 'string', default: '6' },
  },
});
const [points, seed, agents] = [Number(values.points), Number(values.seed), Number(values.agents)];
console.log(`seed ${seed}: ${points} kills under the load of ${agents} agents`);
const figures = await killExecutor({
  points,
  seed,
  agents,
  onPoint: (point, moment) => {
    if (point % 20 === 0) console.log(`  ${point} (${moment})`);
  },
});
console.log(JSON.stringify(figures, null, 2));
const { twice, lost, untrue, auditFaults } = figures;
process.exitCode = [twice, lost, untrue, auditFaults].some((wrong) => wrong.length > 0) ? 1 : 0;
