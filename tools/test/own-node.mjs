/** Node before 22.18 cannot run TypeScript as it is. This file and what it imports must run on Node 20 all the same. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './child.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const [MAJOR, MINOR] = [22, 18];
const fromLockFile = `${repository}node_modules/.bin/node`;

/** Starts the program again on the Node of the lock file when the one it runs on is too old; ends the process with its exit code. */
export async function switchToOwnNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MAJOR || (major === MAJOR && minor >= MINOR)) return;
  if (!existsSync(fromLockFile)) {
    console.error(
      `Node ${MAJOR}.${MINOR} or later is needed; this is ${process.versions.node}. Run "npm ci" or install a newer Node.`,
    );
    process.exit(1);
  }
  process.exit(await runToEnd(fromLockFile, process.argv.slice(1)));
}
