import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { keychainAnswerSchema, type KeychainOrder } from './keychain-order.ts';

/** For somebody to unlock the keychain; on a machine where nobody sits, the time until the file is used. */
const PATIENCE_MS = 30_000;
const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`keychain-process${extname(SELF)}`, import.meta.url));

/** Does one thing with the keychain of the operating system: Keychain, Credential Manager, or a Secret Service. @returns what it found */
export type Keychain = (order: KeychainOrder) => Promise<string | undefined>;

/** @throws Error of the keychain that rejects each order that it cannot carry out, or has not within `patienceMs` */
export function systemKeychain(patienceMs = PATIENCE_MS): Keychain {
  return async (order) => {
    // Through pipes: an argument could be read by everybody.
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    const gone = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.stdin.once('error', reject);
    });
    child.stdin.end(JSON.stringify(order));
    const said = await Promise.race([text(child.stdout), gone]);
    if (said === '') throw new Error('The keychain did not answer.');
    const answer = keychainAnswerSchema.parse(JSON.parse(said));
    if ('error' in answer) throw new Error(answer.error);
    return answer.found;
  };
}
