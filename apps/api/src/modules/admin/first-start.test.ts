import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import { ConfigModule } from '../../config/config.module.ts';
import { credentials, invitations, users } from '../../platform/database/schema.ts';
import { PlatformModule } from '../../platform/platform.module.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { AuthModule } from '../auth/index.ts';
import { AdminModule, FirstStart } from './index.ts';

@Module({})
class Root {}

describe('the first start of several processes on one PostgreSQL', () => {
  const [, open] = DATABASES[1]!;
  let connection: TestDatabase;
  const contexts: INestApplicationContext[] = [];

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  afterAll(() => connection.close());

  async function firstStart(dataDir: string, publicUrl = 'http://127.0.0.1:3000'): Promise<FirstStart> {
    const config = loadConfig({
      SERVONAUT_DATA_DIR: dataDir,
      PUBLIC_URL: publicUrl,
      DATABASE_URL: connection.settings.databaseUrl ?? undefined,
      SERVONAUT_SECRET: randomBytes(32).toString('base64url'),
    });
    const imports = [ConfigModule.forRoot(config), PlatformModule, AuthModule, AdminModule];
    const context = await NestFactory.createApplicationContext(
      { module: Root, imports },
      { logger: false, abortOnError: false },
    );
    contexts.push(context);
    return context.get(FirstStart);
  }

  it('leaves nothing behind when its facts cannot be kept', async () => {
    const folder = `${await temporaryFolder()}/data`;
    const start = await firstStart(folder);
    // Parts that start earlier keep things there too.
    await rm(folder, { recursive: true, force: true });
    await writeFile(folder, '');
    await expect(start.run()).rejects.toMatchObject({ code: 'EEXIST' });
    for (const table of [users, credentials, invitations])
      expect(await connection.database.select().from(table)).toEqual([]);
  });

  it('is made by exactly one of them', async () => {
    const folders = await Promise.all([1, 2, 3].map(() => temporaryFolder()));
    const starts = await Promise.all(folders.map((folder) => firstStart(folder)));
    const outcomes = await Promise.all(starts.map((start) => start.run()));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    const { database } = connection;
    expect(await database.select().from(users)).toMatchObject([{ name: 'admin', role: 'admin', email: null }]);
    expect(await database.select().from(credentials)).toHaveLength(3);
    expect(await database.select().from(invitations)).toMatchObject([
      { email: 'admin@localhost', role: 'admin', invitedBy: null, userId: expect.any(Number) },
    ]);
  });

  it('has its URLs corrected by a later start at another address, and nothing else', async () => {
    const folder = await temporaryFolder();
    const url = 'https://servonaut.example.com';
    const start = await firstStart(folder, url);
    const kept = { url: 'http://127.0.0.1:1', admin_token: 'a', user_id: '1', executor_token: 'e', agent_token: 'g' };
    await writeFile(start.file, JSON.stringify(kept));
    await start.run();
    expect(JSON.parse(await readFile(start.file, 'utf8'))).toEqual({ ...kept, url });
    await writeFile(start.file, JSON.stringify({ ...kept, invitation_url: 'http://127.0.0.1:1/invitation/s' }));
    await start.run();
    const moved = { ...kept, url, invitation_url: `${url}/invitation/s` };
    expect(JSON.parse(await readFile(start.file, 'utf8'))).toEqual(moved);
  });
});
