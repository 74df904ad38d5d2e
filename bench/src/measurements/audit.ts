import { measureInTurn } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const COMMAND = 'echo hi';
/** Loaded into the coordinator that it is compared with. */
const NO_AUDIT = new URL('../subjects/no-audit.ts', import.meta.url).href;
const MOST = 1.15;

const WITHOUT = 'servonaut, nothing is recorded';
const WITH = 'servonaut, with its audit';

/** What it costs to have every call on record: a whole round trip, beside one of a coordinator whose audit keeps nothing. */
export async function measureAudit(world: World, calls: number): Promise<Measured> {
  const without = await servonaut(await world.target(), { NODE_OPTIONS: `--import=${NO_AUDIT}` });
  world.atTheEnd(() => without.stop());
  const subjects = { [WITHOUT]: without.call(COMMAND), [WITH]: (await world.embedded()).call(COMMAND) };
  const one = await measureInTurn(subjects, { calls, concurrency: 1, ...TURNS });
  const eight = await measureInTurn(subjects, { calls, concurrency: 8, ...TURNS });
  return {
    rows: besideEachOther(one, eight),
    budgets: [judge('round trip p50 with the audit / without', one[WITH].p50 / one[WITHOUT].p50, MOST)],
    notes: [TURNS_NOTE],
  };
}
