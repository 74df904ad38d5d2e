import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { ToolProgress } from '@servonaut/plugin-sdk';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { TOOLS } from '@servonaut/plugin-transfer-file';
import { startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import type { LinkStrategy } from '../inventory/server.ts';
import { endStarted, NEVER, serverAt, shellOn, targetOf } from '../ssh/testing/link-servers.ts';

const BYTES = randomBytes(16 * 1_024 * 1_024);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let sshd: TestSshd;
beforeAll(async () => void (sshd = await startSshd()));
afterEach(endStarted);
afterAll(() => sshd.stop());

const cases = (['ssh2', 'openssh'] as const).flatMap((strategy) =>
  (['download', 'upload'] as const).map((direction) => ({ strategy, direction })),
);

it.each(cases)(
  '$direction over $strategy, cut off with its connection, is gone on with by the same call',
  async ({ strategy, direction }) => {
    const { transfers, source, target, input } = await placed(strategy, direction);
    writeFileSync(source, BYTES, { mode: 0o644 });
    const call = calling(strategy, transfers);
    let cuts = 0;
    const cutting = call(input, ({ done = 0, total = 0 }) => {
      if (done > total / 2 && cuts++ === 0) sshd.cut();
    });
    await expect(cutting).rejects.toMatchObject({
      code: 'connection_lost',
      nextStep: expect.stringContaining('goes on'),
    });
    const { data } = await call(input, () => undefined);
    expect(data).toMatchObject({ sha256: SHA256, bytes: BYTES.length, unchanged: false });
    expect(data?.resumed_from).toBeGreaterThan(BYTES.length / 4);
    expect(readFileSync(target).equals(BYTES)).toBe(true);
    expect(readdirSync(join(target, '..')).filter((name) => name.endsWith('.part'))).toEqual([]);
  },
);

async function placed(strategy: LinkStrategy, direction: 'download' | 'upload') {
  const folder = await temporaryFolder();
  const transfers = join(folder, 'transfers');
  mkdirSync(join(transfers, 'web-1'), { recursive: true });
  // Whoever logs in to the server is somebody else.
  chmodSync(folder, 0o755);
  const [here, there] = [join(transfers, 'web-1', 'file'), join(sshd.home, `${strategy}-${direction}`)];
  const [source, target] = direction === 'download' ? [there, here] : [here, there];
  return { transfers, source, target, input: { direction, remote: there, local: 'web-1/file' } };
}

/** The tool, with commands and files of the server over connections of ours. */
function calling(strategy: LinkStrategy, transferFolder: string) {
  const server = serverAt(targetOf(sshd, strategy));
  const { shell, exec } = shellOn(server);
  const tool = TOOLS[0] as (typeof TOOLS)[number];
  return (input: Record<string, unknown>, onProgress: (update: ToolProgress) => void) =>
    callTool(tool, input, {
      ...localContext({ server: { name: 'web-1', labels: {} }, transferFolder, onProgress }),
      exec: ({ text }) => exec(text),
      sftp: (use) => shell.sftp(server, { timeoutMs: 20_000, signal: NEVER }, use),
    });
}
