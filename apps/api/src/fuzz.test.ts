import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from './config/app-config.ts';
import { Chance } from './modules/auth/testing/chance.ts';
import type { OpenApiDocument } from './platform/openapi/openapi.ts';
import { startCoordinator, type Coordinator } from './start.ts';
import { AnswerChecks, type GivenAnswer } from './testing/fuzz/answer-checks.ts';
import { FittingCases } from './testing/fuzz/fitting-cases.ts';
import { FuzzCallers } from './testing/fuzz/fuzz-callers.ts';
import { CallMaker, operationsOf, type DocumentedCall, type GeneratedCall } from './testing/fuzz/generated-calls.ts';
import { kindOfAnswer, KnownIds } from './testing/fuzz/known-ids.ts';
import { sendRaw } from './testing/fuzz/raw-request.ts';
import { SchemaValues } from './testing/fuzz/schema-values.ts';
import { ToldSecrets } from './testing/fuzz/told-secrets.ts';
import { aPerson, thingsOf, type Person } from './testing/somebodys-things.ts';

/** `npm run fuzz` sends 10,000; `FUZZ_SEED` makes them other ones. */
const COUNT = Number(process.env['FUZZ_REQUESTS'] ?? 300);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
const MOST_SHOWN = 20;
/** In every name of a person, and in nothing that others may see. */
const HERS = 'ada-lovelace';
/** Of so many calls of one operation, one at least is to succeed. */
const ENOUGH = 60;
/** Of the operations that are called at all, in a short run. */
const REACHED = 0.5;
/** Otherwise the limits of strangers would answer, and nothing else. */
const LIMITS = [
  'invitation_address',
  'device_address',
  'flow_address',
  'user_code_address',
  'sign_in_address',
  'user_code_all',
  'credential_writes',
  'delegation_writes',
]
  .map((name) => `${name}=100000/60`)
  .join();

describe('the REST interface, under calls that are generated from its description', () => {
  let coordinator: Coordinator;
  let url: string;
  let document: OpenApiDocument;
  let ada: Person;
  let siem: Server;
  const end = new AbortController();
  const chance = new Chance(SEED);
  const known = new KnownIds(chance, HERS);
  const secrets = new ToldSecrets();
  const logged: string[] = [];
  const faults: string[] = [];
  const counts = new Map<string, number>();
  /** How often each operation was answered with what. */
  const answered = new Map<string, Map<number, number>>();

  beforeAll(async () => {
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => logged.push(String(text)) > 0);
    const dataDir = await temporaryFolder();
    siem = createServer((request, response) => request.resume().on('end', () => response.writeHead(204).end()));
    await new Promise<void>((resolve) => siem.listen(0, '127.0.0.1', resolve));
    const settings = {
      SERVONAUT_DATA_DIR: dataDir,
      HOST: 'localhost',
      PORT: '0',
      LOG_LEVEL: 'debug',
      SERVONAUT_RATE_LIMITS: LIMITS,
      AUDIT_WEBHOOK_URL: `http://127.0.0.1:${(siem.address() as AddressInfo).port}/`,
      AUDIT_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    };
    coordinator = await startCoordinator(loadConfig(settings), () => undefined);
    url = coordinator.config.publicUrl;
    document = (await (await fetch(`${url}/api/docs-json`)).json()) as OpenApiDocument;
    ada = await aPerson(coordinator, HERS);
    for (const file of ['bootstrap.json', 'secret.key']) secrets.add(await readFile(path.join(dataDir, file), 'utf8'));
    for (const token of [ada.token, ada.accessToken, ada.agentToken]) secrets.add(token);
    const { executor, request, ...things } = await thingsOf(coordinator, ada, end.signal);
    const hers = { users: ada.userId, credentials: ada.credentialId, executors: executor, requests: request };
    for (const [kind, id] of Object.entries(things)) known.add(`${kind}s`, id);
    for (const [kind, id] of Object.entries(hers)) known.add(kind, id);
  }, 90_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    end.abort();
    await coordinator.app.close();
    await new Promise((resolve) => siem.close(resolve));
  });

  /** What was sent, in a form that can be sent again. */
  function told(call: GeneratedCall, kind: string, at: number): string {
    const body = call.body === undefined ? '' : ` ${String(call.body).slice(0, 300)}`;
    return `#${at} ${call.method} ${call.address.slice(0, 200)} as ${kind} ${JSON.stringify(call.headers).slice(0, 200)}${body}`;
  }

  function judge(call: GeneratedCall, kind: string, answer: GivenAnswer, checks: AnswerChecks): string | undefined {
    const fault = checks.fault(call, answer);
    if (fault !== undefined) return fault;
    const isJson = /^application\/json(?!\w)/.test(String(answer.headers['content-type']));
    const rest = isJson && answer.status < 300 ? learned(call, kind, answer) : answer.text;
    const shown = secrets.foundIn(rest);
    if (shown !== undefined) return `shows the secret ${shown}`;
    if (!kind.startsWith('admin') && answer.text.includes(HERS)) return 'shows what is somebody else’s';
    return undefined;
  }

  /** Without the secrets that it is there to tell: those are in no address of ours, where they would be logged. */
  function learned({ path: pattern }: GeneratedCall, kind: string, { text }: GivenAnswer): string {
    const answer = secrets.learn(JSON.parse(text));
    known.learn(answer, kindOfAnswer(pattern, kind));
    return JSON.stringify(answer);
  }

  function count({ operation: { operationId } }: DocumentedCall, { status }: GivenAnswer): void {
    const ofIt = answered.get(operationId) ?? new Map<number, number>();
    answered.set(operationId, ofIt.set(status, (ofIt.get(status) ?? 0) + 1));
    counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
  }

  it(
    `answers ${COUNT} of them (seed ${SEED}) as it is described, without failing and without telling a secret`,
    async () => {
      const callers = new FuzzCallers(coordinator, chance, secrets);
      const cases = new FittingCases(coordinator, callers, chance, secrets, end.signal);
      const [operations, checks] = [operationsOf(document), new AnswerChecks(document)];
      const maker = new CallMaker(chance, new SchemaValues(chance, known), known);
      for (let at = 0; at < COUNT && faults.length < MOST_SHOWN; at++) {
        const documented = chance.pick(operations);
        const chosen = await callers.choose(documented.operation.security[0]?.['bearer']?.[0] ?? null);
        const fitting = await cases.of(documented);
        const { kind, token } = fitting ? { token: callers.tokenOf(fitting.kind), ...fitting } : chosen;
        const call = maker.make(documented, kind, fitting);
        const headers = { ...call.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
        const answer = await sendRaw(url, { ...call, headers });
        count(call, answer);
        const fault = judge(call, kind, answer, checks);
        if (fault !== undefined) faults.push(`${fault}\n  ${told(call, kind, at)}\n  ${answer.text.slice(0, 400)}`);
        // What the admin has done may have hit the admin.
        if (kind.includes('admin') && /"code":"(?:token_\w+|insufficient_scope)"/.test(answer.text))
          await callers.renew();
      }
      process.stderr.write(`seed ${SEED}: ${JSON.stringify(Object.fromEntries(counts))}\n`);
      expect(faults.join('\n')).toBe('');
    },
    60_000 + COUNT * 100,
  );

  it('reaches what it describes, and not only its refusals', () => {
    const isGood = (status: number) => status < 400;
    const never = [...answered].flatMap(([operationId, statuses]) => {
      const calls = [...statuses.values()].reduce((sum, times) => sum + times, 0);
      return calls < ENOUGH || [...statuses.keys()].some(isGood)
        ? []
        : [`${operationId}: ${JSON.stringify([...statuses])}`];
    });
    expect(never).toEqual([]);
    const reached = [...answered.values()].filter((statuses) => [...statuses.keys()].some(isGood));
    expect(reached.length).toBeGreaterThan(answered.size * REACHED);
  });

  it('logs no secret of all that, and no error', () => {
    const log = logged.join('');
    expect(log).toContain('/api/admin/users');
    expect(secrets.foundIn(log)).toBeUndefined();
    expect(logged.filter((line) => line.includes('"level":50')).slice(0, MOST_SHOWN)).toEqual([]);
  });
});
