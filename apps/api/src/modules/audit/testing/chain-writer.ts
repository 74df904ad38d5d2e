import { openDatabase } from '../../../platform/database/database.provider.ts';
import { AuditChains } from '../audit-chains.ts';
import { aPreparedEvent, testSigner } from './chains.ts';

/** A process that writes `count` events to each of the chains of `users`, a few at a time. Arguments: database, name, count, users. */
const [databaseUrl = '', name = '', count = '0', users = ''] = process.argv.slice(2);
const { database, close } = await openDatabase({ databaseUrl, dataDir: '/nowhere' });
const chains = new AuditChains(database, await testSigner());
await Promise.all(
  users.split(',').map(async (userId) => {
    for (let index = 0; index < Number(count); index += 1)
      await chains.append(`user:${userId}`, [aPreparedEvent({ userId, data: { by: name, index } })]);
  }),
);
await close();
