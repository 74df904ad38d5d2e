import { startRedis } from '@servonaut/testkit';
import { measureInPairs } from '../measure-pairs.ts';
import { measureInTurn, type Call } from '../measure.ts';
import { judge, type Budget, type Measured } from '../report.ts';
import { deciding } from '../subjects/deciding.ts';
import { anAgentHeldTo, WIDE_RULE } from '../subjects/ruled-agent.ts';
import { callTool, servonaut, type Servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const MOST_MS = 0.5;
const RULES = { '*': WIDE_RULE, list_servers: WIDE_RULE };
const NOTE =
  'The decision alone is of a call with two rules on each of three levels, all limits set, and the breaker; a round trip is held to two rules of one level,\nand made beside one that is not: the figure is the median of the differences of such pairs.';

/** What it costs to decide about a call and to count it: alone, and as what a call that is held to rules takes longer than one that is not. */
export async function measureDecision(world: World, calls: number): Promise<Measured> {
  const redis = await startRedis();
  world.atTheEnd(() => redis.stop());
  const inMemory = await measured('in memory', await world.embedded(), null, world, calls);
  const ours = await servonaut(await world.target(), { REDIS_URL: redis.url });
  world.atTheEnd(() => ours.stop());
  const inRedis = await measured('in Redis', ours, redis.url, world, calls);
  return {
    rows: { ...inMemory.rows, ...inRedis.rows },
    budgets: [...inMemory.budgets, ...inRedis.budgets],
    notes: [TURNS_NOTE, NOTE],
  };
}

async function measured(
  where: string,
  ours: Servonaut,
  redisUrl: string | null,
  world: World,
  calls: number,
): Promise<Pick<Measured, 'rows' | 'budgets'>> {
  const alone = await deciding(redisUrl);
  world.atTheEnd(() => Promise.resolve(alone.stop()));
  const itself = `the decision alone, counts ${where}`;
  const figures = await measureInTurn({ [itself]: alone.call }, { calls: calls * 5, concurrency: 1, ...TURNS });
  const [none, held] = [await noOp(ours, null, world), await noOp(ours, RULES, world)];
  const { first, second, difference } = await measureInPairs(none, held, { pairs: calls * 5, warmUp: TURNS.warmUp });
  const noOps = {
    [`no-op through the relay, counts ${where}: no rules`]: first,
    [`no-op through the relay, counts ${where}: held to rules`]: second,
  };
  const p50 = figures[itself]?.p50 ?? Number.NaN;
  return { rows: besideEachOther({ ...figures, ...noOps }), budgets: budgets(where, p50, difference) };
}

async function noOp({ coordinator }: Servonaut, rules: typeof RULES | null, world: World): Promise<Call> {
  const agent = await anAgentHeldTo(coordinator, rules);
  world.atTheEnd(() => agent.close());
  return () => callTool(agent, 'list_servers', {});
}

function budgets(where: string, alone: number, difference: number): Budget[] {
  return [
    judge(`decision, counts ${where}: p50 alone, ms`, alone, MOST_MS),
    judge(`decision, counts ${where}: median of a call beyond one without rules, ms`, difference, MOST_MS),
  ];
}
