import { startRedis } from '@servonaut/testkit';
import { measureInTurn, type Call, type Figures } from '../measure.ts';
import { judge, type Budget, type Measured } from '../report.ts';
import { deciding } from '../subjects/deciding.ts';
import { anAgentHeldTo, WIDE_RULE } from '../subjects/ruled-agent.ts';
import { callTool, servonaut, type Servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

const MOST_MS = 0.5;
const RULES = { '*': WIDE_RULE, list_servers: WIDE_RULE };
const NOTE =
  'The decision alone is of a call with two rules on each of three levels, all limits set, and the breaker; a round trip is held to two rules of one level.';

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
  const none = `no-op through the relay, counts ${where}: no rules`;
  const held = `no-op through the relay, counts ${where}: held to rules`;
  const itself = `the decision alone, counts ${where}`;
  const turns = { calls: calls * 5, concurrency: 1, ...TURNS };
  const figures: Record<string, Figures> = {
    ...(await measureInTurn({ [itself]: alone.call }, turns)),
    ...(await measureInTurn({ [none]: await noOp(ours, null, world), [held]: await noOp(ours, RULES, world) }, turns)),
  };
  const p50 = (name: string): number => figures[name]?.p50 ?? Number.NaN;
  return { rows: besideEachOther(figures), budgets: budgets(where, p50(itself), p50(held) - p50(none)) };
}

async function noOp({ coordinator }: Servonaut, rules: typeof RULES | null, world: World): Promise<Call> {
  const agent = await anAgentHeldTo(coordinator, rules);
  world.atTheEnd(() => agent.close());
  return () => callTool(agent, 'list_servers', {});
}

function budgets(where: string, alone: number, difference: number): Budget[] {
  return [
    judge(`decision, counts ${where}: p50 alone, ms`, alone, MOST_MS),
    judge(`decision, counts ${where}: p50 of a call beyond one without rules, ms`, difference, MOST_MS),
  ];
}
