import { generateKeyPairSync } from 'node:crypto';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  EXECUTOR_PATHS,
  executorRegistrationSchema,
  FIRST_PARTY_TOOLS,
  type ExecutorRegistration,
  type Heartbeat,
  type RegisterExecutorInput,
} from '@servonaut/contracts';

/** What this program reads from its stdin. */
interface Order {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly executorsPerToken: number;
}

const AT_ONCE = 8;
const SERVERS = ['web-1', 'web-2', 'db-1'].map((name) => ({
  name,
  labels: { env: 'prod', role: name.split('-')[0] ?? '' },
}));

/**
 * Executors that register, listen and send heartbeats, and are asked for nothing: many in one process, since it is the coordinator's memory that
 * is looked at. Writes `connected` when all streams are open.
 */
const { url, tokens, executorsPerToken } = JSON.parse(await text(process.stdin)) as Order;
const waiting = tokens.flatMap((token) => Array.from({ length: executorsPerToken }, () => token));
await Promise.all(Array.from({ length: AT_ONCE }, connectMore));
console.log('connected');

async function connectMore(): Promise<void> {
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) await connect(token);
}

async function connect(token: string): Promise<void> {
  const { publicKey } = generateKeyPairSync('x25519');
  const registration = executorRegistrationSchema.parse(
    await post(token, EXECUTOR_PATHS.register, {
      profile: 'default',
      version: '0.1.0',
      manifest: { tools: [...FIRST_PARTY_TOOLS], servers: SERVERS },
      public_key: publicKey.export({ format: 'jwk' }) as RegisterExecutorInput['public_key'],
    } satisfies RegisterExecutorInput),
  );
  await listen(registration);
  const { executor_id, heartbeat_interval_seconds: seconds } = registration;
  const heartbeat = { executor_id, state: 'online', running: [] } satisfies Heartbeat;
  setInterval(() => void post(token, EXECUTOR_PATHS.heartbeat, heartbeat), seconds * 1_000);
}

/** Resolves when the hub has answered. What it sends from then on, it sends to nobody. */
function listen({ hub_url: hubUrl, topic, subscriber_token: token }: ExecutorRegistration): Promise<void> {
  const address = new URL(hubUrl);
  address.searchParams.set('topic', topic);
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  return new Promise((resolve, reject) => {
    get(address, { headers, agent: false }, (response) => {
      response.resume();
      response.on('close', () => fail(new Error('the hub has closed a stream')));
      if (response.statusCode === 200) resolve();
      else reject(new Error(`the hub answered ${response.statusCode}`));
    }).on('error', reject);
  });
}

async function post(token: string, path: string, body: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** One that has gone would make the rest look cheaper. */
function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}
