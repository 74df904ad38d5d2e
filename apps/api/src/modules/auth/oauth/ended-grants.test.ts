import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { deriveKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { DATABASES, type TestDatabase } from '../../../platform/testing/test-databases.ts';
import { UserService } from '../people/user-service.ts';
import { RedisRevocations } from '../redis-revocations.ts';
import { revokedSince } from '../revoked-since.ts';
import { Revocations, type Revocation } from '../revocations.ts';
import { OidcRecords } from './oidc-records.ts';

Logger.overrideLogger(false);

/** A coordinator process, as far as the ends of grants go. */
interface Process {
  readonly records: OidcRecords;
  readonly heard: Revocation[];
  close(): void;
}

describe.each(DATABASES)('the end of a grant, on %s', (_, open) => {
  let connection: TestDatabase;
  let server: TestRedis;
  let one: Process;
  let other: Process;
  const [prefix, secret] = [randomUUID(), randomBytes(32)];

  async function startProcess(): Promise<Process> {
    const { database } = connection;
    const redis = new Redis(server.url, { maxRetriesPerRequest: null }).on('error', () => undefined);
    const revocations = new RedisRevocations(redis, (instant) => revokedSince(database, instant), prefix);
    const heard: Revocation[] = [];
    let listens = false;
    revocations.subscribe(
      (revocation) => void heard.push(revocation),
      () => {
        listens = true;
      },
    );
    await waitFor(() => listens, { what: 'it to listen' });
    const close = (): void => {
      revocations.onApplicationShutdown();
      redis.disconnect();
    };
    return { records: new OidcRecords(database, await deriveKeys(secret), revocations), heard, close };
  }

  beforeAll(async () => {
    [connection, server] = await Promise.all([open(), startRedis()]);
    [one, other] = [await startProcess(), await startProcess()];
  }, 60_000);
  afterAll(async () => {
    for (const process of [one, other]) process.close();
    await Promise.all([connection.close(), server.stop()]);
  });

  it('is heard of by a process that Redis could not tell, so that what runs for it is stopped', async () => {
    const { id: accountId } = await new UserService(connection.database, new Revocations()).create('olga');
    await one.records.save('Grant', 'a-grant', { accountId, clientId: 'dcr_1' });
    const ended = { userId: accountId, credentialId: one.records.storedName('a-grant') };
    await server.kill();
    await one.records.endGrant(ended.credentialId);
    expect([one.heard, other.heard]).toEqual([[ended], []]);
    await server.restart();
    await waitFor(() => other.heard.length > 0, { what: 'the end of the grant' });
    expect(other.heard[0]).toEqual(ended);
  }, 30_000);
});
