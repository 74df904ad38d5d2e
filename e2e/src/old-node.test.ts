import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/run.js', import.meta.url));

/** Runs the command line in a Node that gives itself out as `version`: the real ones are 100 MB each. */
async function runAs(version: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const preload = `data:text/javascript,${encodeURIComponent(disguise)}`;
  const running = promisify(execFile)(process.execPath, ['--import', preload, CLI, '--version']);
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
}

describe('servonaut with a Node', () => {
  it.each(['18.20.8', '20.20.2', '22.9.0', '22.17.1'])('that is too old (%s) says which it needs', async (version) => {
    const { code, stdout, stderr } = await runAs(version);
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain(`servonaut needs Node 22.18 or newer; this is ${version}`);
    expect(stderr).not.toContain('    at ');
  });

  it.each(['22.18.0', '24.9.1', '100.0.0'])('that is new enough (%s) runs', async (version) => {
    expect(await runAs(version)).toMatchObject({ code: 0, stdout: expect.stringContaining('servonaut/') });
  });
});
