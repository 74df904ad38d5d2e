import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { startProcess } from './test-process.ts';
import { waitFor } from './wait-for.ts';

const sh = (script: string, more: object = {}) => startProcess({ command: '/bin/sh', args: ['-c', script], ...more });
const isThere = (pid: number | string): boolean => spawnSync('/bin/kill', ['-0', String(pid)]).status === 0;

describe('startProcess', () => {
  it('resolves once the ready line has come, and keeps both streams by line', async () => {
    const child = await sh('echo one >&2; echo ready; sleep 60', { ready: /^ready$/ });
    await child.waitForLine(/one/);
    expect(child.stdout).toEqual(['ready']);
    expect(child.stderr).toEqual(['one']);
    await child.stop();
  });

  it('fails with the output when the process ends before it is ready', async () => {
    await expect(sh('echo no such luck; exit 3', { ready: /never/ })).rejects.toThrow(/ended \(3\)[^]*no such luck/);
  });

  it('fails with the output, and ends the process, when it is not ready in time', async () => {
    const failure = await sh('echo $$; sleep 60', { ready: /never/, readyTimeoutMs: 300 }).catch(String);
    const pid = /\n(\d+)$/.exec(String(failure))?.[1] ?? '';
    await waitFor(() => !isThere(pid), { what: 'the end of the late process' });
  });

  it('fails when there is no such program', async () => {
    await expect(startProcess({ command: '/no/such/program' })).rejects.toThrow(/ENOENT/);
  });

  it('finds a line that came before it was asked for, and the last one without a line end', async () => {
    const child = await sh('echo a1; printf b2');
    await child.exited;
    expect((await child.waitForLine(/a(\d)/))[1]).toBe('1');
    expect((await child.waitForLine(/b(\d)/))[1]).toBe('2');
    await expect(child.waitForLine(/c/)).rejects.toThrow(/ended \(0\)/);
  });

  it('tells how the process ended', async () => {
    expect(await (await sh('exit 7')).exited).toEqual({ code: 7, signal: null });
    const killed = await sh('sleep 60');
    killed.kill('SIGKILL');
    expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
    killed.kill();
  });

  it('signals children of the process too', async () => {
    const child = await sh('sleep 60 & echo $!; wait');
    const [grandchild = ''] = await child.waitForLine(/^\d+$/);
    await child.stop();
    await waitFor(() => !isThere(grandchild), { what: 'the end of the grandchild' });
  });

  it('kills a process that ignores SIGTERM after the grace time', async () => {
    const child = await sh("trap '' TERM; echo ready; while :; do sleep 1; done", { ready: /ready/ });
    expect(await child.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('adds to the environment, takes away from it and feeds stdin', async () => {
    const child = await sh('echo "[$ADDED][$HOME]"; cat', { env: { ADDED: 'yes', HOME: undefined }, stdin: 'fed' });
    await child.exited;
    expect(child.stdout).toEqual(['[yes][]', 'fed']);
  });
});

it('a process and a folder end with a test process that is killed', async () => {
  const kit = new URL('./', import.meta.url).href;
  const script = `
    const { startProcess } = await import('${kit}test-process.ts');
    const { temporaryFolder } = await import('${kit}temporary-folder.ts');
    const child = await startProcess({ command: 'sleep', args: ['60'] });
    console.log(child.pid, await temporaryFolder());
    setInterval(() => {}, 1_000);`;
  const tests = await startProcess({ command: process.execPath, args: ['--input-type=module', '--eval', script] });
  const [, pid = '', folder = ''] = await tests.waitForLine(/^(\d+) (.+)$/);
  expect(isThere(pid)).toBe(true);
  process.kill(tests.pid, 'SIGKILL');
  await waitFor(() => !isThere(pid), { what: `the end of process ${pid}` });
  await waitFor(() => spawnSync('test', ['-e', folder]).status === 1, { what: `the end of ${folder}` });
});
