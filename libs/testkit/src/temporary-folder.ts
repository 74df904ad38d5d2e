import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTheEnd } from './end-guard.ts';

/** An own folder (mode 0700) that is removed when the test process ends. Its path is short enough for Unix sockets. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'servonaut-')));
  // A server that ends at the same moment may still write: once more after a second.
  atTheEnd('rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }', folder);
  return folder;
}
