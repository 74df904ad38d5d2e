/**
 * The keychain of the operating system, as a process that does one thing and ends. A keychain that waits for somebody to unlock it cannot be called
 * off and would keep the process that asked from ending, even by `process.exit`; this one can be killed.
 *
 * Where there is no Secret Service, or none any more, an entry silently turns to the keyring of the kernel, which a restart of the machine empties. The
 * search does not, so it has the last word, and the first one too, for it fails there.
 */
import { text } from 'node:stream/consumers';
import { Entry, findCredentials } from '@napi-rs/keyring';
import { keychainOrderSchema, type KeychainAnswer, type KeychainOrder } from './keychain-order.ts';

const SERVICE = 'servonaut';

function find(account: string): string | undefined {
  return findCredentials(SERVICE).find((credential) => credential.account === account)?.password;
}

function accountsLike(prefix: string): string {
  const accounts = findCredentials(SERVICE).map(({ account }) => account);
  return accounts.filter((account) => account.startsWith(prefix)).join('\n');
}

function obey({ account, put, remove = false, list = false }: KeychainOrder): string | undefined {
  if (list) return accountsLike(account);
  const found = find(account);
  if (put === undefined && (!remove || found === undefined)) return found;
  const entry = new Entry(SERVICE, account);
  if (put === undefined) entry.deleteCredential();
  else entry.setPassword(put);
  if (find(account) !== put) throw new Error('The keychain did not do it.');
  return undefined;
}

function answer(order: KeychainOrder): KeychainAnswer {
  try {
    return { found: obey(order) };
  } catch (error) {
    // What follows are frames of the library.
    return { error: String(error).split('\n', 1).join() };
  }
}

process.stdout.write(JSON.stringify(answer(keychainOrderSchema.parse(JSON.parse(await text(process.stdin))))));
