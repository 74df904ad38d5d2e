import { Agent, request } from 'node:http';
import { startCoordinator } from '@servonaut/testkit';
import { measureInTurn, type Call } from '../measure.ts';
import { judge, type Measured } from '../report.ts';
import { anAccessToken } from '../subjects/agent-sign-in.ts';
import type { World } from '../world.ts';
import { besideEachOther, TURNS, TURNS_NOTE } from './turns.ts';

/** Answers whoever asks, and from nothing but what is in memory; a token that is shown is looked at all the same. */
const ROUTE = '/.well-known/oauth-protected-resource/mcp';
const MOST_MS = 0.5;

const NONE = 'a public route, no token';
const API_KEY = 'the same with an API key';
const ACCESS_TOKEN = 'the same with an access token';

/** What looking at a token costs: a request that is answered with and without one, over the same connection. */
export async function measureTokenCheck(world: World, calls: number): Promise<Measured> {
  const coordinator = await startCoordinator();
  world.atTheEnd(() => coordinator.stop());
  const accessToken = await anAccessToken(coordinator);
  const connection = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = new URL(ROUTE, coordinator.url);
  const asking =
    (token?: string): Call =>
    () =>
      ask(url, connection, token);
  await isTaken(coordinator.url, accessToken);
  const subjects = {
    [NONE]: asking(),
    [API_KEY]: asking(coordinator.bootstrap().agent_token),
    [ACCESS_TOKEN]: asking(accessToken),
  };
  const figures = await measureInTurn(subjects, { calls: calls * 5, concurrency: 1, ...TURNS });
  connection.destroy();
  const cost = (name: keyof typeof subjects): number => figures[name].p50 - figures[NONE].p50;
  return {
    rows: besideEachOther(figures),
    budgets: [
      judge('token check, API key: p50 beyond that of no token, ms', cost(API_KEY), MOST_MS),
      judge('token check, access token: p50 beyond that of no token, ms', cost(ACCESS_TOKEN), MOST_MS),
    ],
    notes: [TURNS_NOTE],
  };
}

/** The route below answers 200 whatever it thinks of a token. */
async function isTaken(url: string, token: string): Promise<void> {
  const { status } = await fetch(`${url}/mcp`, { headers: { authorization: `Bearer ${token}` } });
  if (status === 401) throw new Error('the access token is refused');
}

function ask(url: URL, agent: Agent, token: string | undefined): Promise<void> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url.pathname}: ${answer.statusCode}`));
      answer.resume().once('end', resolve);
    });
    asked.once('error', reject).end();
  });
}
