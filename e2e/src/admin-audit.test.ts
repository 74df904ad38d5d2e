import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anOperator,
  startCoordinator,
  startPostgres,
  type TestCoordinator,
  type TestOperator,
  type TestPostgres,
} from '@servonaut/testkit';
import { aUser, rest } from './world.ts';

const TAMPERED = 80;

describe('servonaut admin audit verify, with PostgreSQL behind a coordinator that runs', () => {
  let postgres: TestPostgres;
  let database: string;
  let coordinator: TestCoordinator;
  let operator: TestOperator;
  let env: Record<string, string>;
  const chain = 'coordinator';

  const query = (text: string, values: readonly unknown[] = []) => postgres.query(database, text, values);
  const verify = (...args: string[]) => operator.run(['admin', 'audit', 'verify', ...args]);

  beforeAll(async () => {
    postgres = await startPostgres();
    database = await postgres.createDatabase();
    env = { DATABASE_URL: database, SERVONAUT_SECRET: randomBytes(32).toString('base64url') };
    coordinator = await startCoordinator({ env });
    const tokens = coordinator.bootstrap();
    const { url } = coordinator;
    operator = await anOperator({ url, token: tokens.executor_token, servers: [], knownHosts: [] });
    await operator.run(['login', '--url', url, '--admin', '--token', '-'], tokens.admin_token);
    for (const name of ['ada', 'bob', 'cleo']) await aUser({ coordinator, tokens }, name, { scopes: ['mcp:tools'] });
    await query('create table kept_heads as select * from audit_heads');
    // What was recorded meanwhile is not counted by those heads.
    await query(
      'create table kept_events as select e.* from audit_events e join kept_heads h using (chain) where e.seq <= h.seq',
    );
  }, 120_000);
  afterEach(async () => {
    await putBack();
    expect(await verify()).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await coordinator.stop();
    await postgres.stop();
  });

  async function restart(): Promise<void> {
    const { port, dataDir } = coordinator;
    await coordinator.stop();
    coordinator = await startCoordinator({ env, port, dataDir });
  }

  async function putBack(): Promise<void> {
    await query('truncate audit_events, audit_heads');
    await query('insert into audit_events select * from kept_events');
    await query('insert into audit_heads select * from kept_heads');
  }

  it('says how much there is, and which heads to keep', async () => {
    const { code, stdout } = await verify();
    expect(code).toBe(0);
    const head = new RegExp(`${chain}: records 1 to \\d+, head (${chain}:\\d+:[\\w-]{43})`).exec(stdout)?.[1] ?? '';
    expect(stdout).toMatch(/records: whole\./);
    expect(await verify('--chain', chain, '--expect-head', head)).toMatchObject({ code: 0 });
    const json = JSON.parse((await verify('--json')).stdout);
    expect(json).toMatchObject({ faults: 0, complete: true, found: [] });
  });

  it('verifies what was exported, from a file or a pipe', async () => {
    const { stdout } = await operator.run(['admin', 'audit', 'export']);
    expect(await operator.run(['admin', 'audit', 'verify', '--file', '-'], `${stdout}\n`)).toMatchObject({ code: 0 });
  });

  it.each([
    ['a row deleted', 'delete from audit_events where chain = $1 and seq = 3', 'record 3: missing'],
    [
      'a field changed',
      `update audit_events set body = replace(body, '"mcp:tools"', '"admin"') where chain = $1 and body like '%"mcp:tools"%'`,
      'changed',
    ],
    [
      'two rows swapped',
      `with two as (select seq, body, hash from audit_events where chain = $1 and seq in (3, 4))
       update audit_events set body = two.body, hash = two.hash from two where chain = $1 and audit_events.seq = 7 - two.seq and audit_events.seq in (3, 4)`,
      'record 3: not at its place',
    ],
    [
      'the last row cut off',
      'delete from audit_events where chain = $1 and seq = (select max(seq) from audit_events where chain = $1)',
      'cut off',
    ],
    ['the head row deleted', 'delete from audit_heads where chain = $1', 'record 1: not counted by any head'],
    [
      'a copied column changed',
      `update audit_events set kind = 'other.kind' where chain = $1 and seq = 3`,
      'record 3: filed under what it does not say',
    ],
  ])('finds %s', async (_, tampering, words) => {
    await query(tampering, [chain]);
    const { code, stdout, stderr } = await verify();
    expect([code, stdout]).toEqual([TAMPERED, expect.stringContaining(`FAULT in ${chain}`)]);
    expect(stdout).toContain(words);
    expect(stderr).toContain('[audit_tampered]');
  });

  it('finds a chain that was removed as a whole', async () => {
    const [{ chain: removed }] = (await query('select chain from audit_heads where chain <> $1 limit 1', [chain])) as [
      { chain: string },
    ];
    await query('delete from audit_events where chain = $1', [removed]);
    await query('delete from audit_heads where chain = $1', [removed]);
    const { code, stdout } = await verify();
    expect([code, stdout]).toEqual([TAMPERED, expect.stringContaining(`FAULT in ${removed}: the chain is not there`)]);
  });

  it.each([
    ['of a user', (own: string) => own, (own: string) => `FAULT in ${own}: the chain was begun a second time`],
    ['of the coordinator', () => chain, (own: string) => `FAULT in ${own}: nothing says that the chain was begun`],
  ])(
    'finds a chain %s that was removed, also once it goes on after a restart',
    async (_, removedOf, words) => {
      const [{ chain: own }] = (await query('select chain from audit_heads where chain <> $1 limit 1', [chain])) as [
        { chain: string },
      ];
      await query('delete from audit_events where chain = $1', [removedOf(own)]);
      await query('delete from audit_heads where chain = $1', [removedOf(own)]);
      await restart();
      const { admin_token: token } = coordinator.bootstrap();
      const key = { label: 'one more', scopes: ['mcp:tools'] };
      const made = await rest(
        `${coordinator.url}/api/admin/users/${own.slice('user:'.length)}/credentials`,
        token,
        key,
      );
      expect(made.status).toBe(201);
      const { code, stdout } = await verify();
      expect([code, stdout]).toEqual([TAMPERED, expect.stringContaining(words(own))]);
      // It knows ends that are put back now.
      await coordinator.stop();
      await putBack();
      await restart();
    },
    60_000,
  );

  it('finds records and head put back together, beside a head that was kept', async () => {
    const head = async () => /coordinator:\d+:[\w-]{43}/.exec((await verify()).stdout)?.[0] ?? '';
    const earlier = await head();
    await aUser({ coordinator, tokens: coordinator.bootstrap() }, 'dora', { scopes: ['mcp:tools'] });
    const later = await head();
    await putBack();
    expect(await verify('--expect-head', earlier)).toMatchObject({ code: 0 });
    expect(await verify('--expect-head', later)).toMatchObject({
      code: TAMPERED,
      stdout: expect.stringContaining('rolled_back'),
    });
  });
});
