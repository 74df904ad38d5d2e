import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { loadConfig } from '../../config/app-config.ts';
import type { Database } from '../../platform/database/database.ts';
import { openDatabase } from '../../platform/database/database.provider.ts';
import { credentials, users } from '../../platform/database/schema.ts';
import { DATABASES, type TestDatabase } from '../../platform/testing/test-databases.ts';
import { CredentialService, Revocations, UserService } from '../auth/index.ts';
import { FirstStart } from './first-start.ts';

function firstStart(database: Database, dataDir: string, publicUrl = 'http://127.0.0.1:3000'): FirstStart {
  const heard = new Revocations();
  const config = loadConfig({ SERVONAUT_DATA_DIR: dataDir, PUBLIC_URL: publicUrl });
  return new FirstStart(config, database, new UserService(database, heard), new CredentialService(database, heard));
}

describe('the first start of several processes on one PostgreSQL', () => {
  const [, open] = DATABASES[1]!;
  let connection: TestDatabase;

  beforeAll(async () => {
    connection = await open();
  }, 60_000);
  afterAll(() => connection.close());

  it('leaves nothing behind when its facts cannot be kept', async () => {
    const notAFolder = `${await temporaryFolder()}/file`;
    await writeFile(notAFolder, '');
    await expect(firstStart(connection.database, notAFolder).run()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await connection.database.select().from(users)).toEqual([]);
  });

  it('is made by exactly one of them', async () => {
    const processes = await Promise.all([1, 2, 3].map(() => openDatabase(connection.settings)));
    const folders = await Promise.all(processes.map(() => temporaryFolder()));
    const outcomes = await Promise.all(processes.map(({ database }, i) => firstStart(database, folders[i]!).run()));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await connection.database.select().from(users)).toMatchObject([
      { name: 'admin', role: 'admin', email: null },
    ]);
    expect(await connection.database.select().from(credentials)).toHaveLength(3);
    await Promise.all(processes.map((process) => process.close()));
  });

  it('has its URL corrected by a later start at another address, and nothing else', async () => {
    const folder = await temporaryFolder();
    const { file } = firstStart(connection.database, folder);
    const kept = { url: 'http://127.0.0.1:1', admin_token: 'a', user_id: '1', executor_token: 'e', agent_token: 'g' };
    await writeFile(file, JSON.stringify(kept));
    await firstStart(connection.database, folder, 'https://servonaut.example.com').run();
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ ...kept, url: 'https://servonaut.example.com' });
  });
});
