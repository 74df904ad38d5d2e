import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, temporaryFolder, waitFor } from '@servonaut/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rest } from './world.ts';

const MAIN = new URL('../../apps/api/dist/main.js', import.meta.url).pathname;

describe('a coordinator that is asked to stop', () => {
  let coordinator: ChildProcess | undefined;
  afterEach(() => void coordinator?.kill('SIGKILL'));

  it('stops although nobody reads its log any more', async () => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port), SERVONAUT_DATA_DIR: await temporaryFolder() };
    coordinator = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ready = async (): Promise<boolean> =>
      (await rest(`http://127.0.0.1:${port}/health/ready`, undefined)).status === 200;
    await waitFor(ready, { what: 'the coordinator', timeoutMs: 60_000 });
    coordinator.stdout?.destroy();
    const exited = once(coordinator, 'exit');
    coordinator.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  }, 90_000);
});
