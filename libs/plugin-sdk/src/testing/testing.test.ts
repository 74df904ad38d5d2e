import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { rawShell, sh } from '../index.ts';
import { injectionStrings, localContext } from './index.ts';

describe('localContext', () => {
  it('gives stdin, bounds the output by head and tail, and counts all bytes', async () => {
    const result = await localContext().exec(sh`cat; printf é >&2`, { stdin: '0123456789', maxOutput: 4 });
    expect(result).toMatchObject({
      stdout: '0189',
      stderr: 'é',
      stdoutBytes: 10,
      stderrBytes: 2,
      truncated: true,
      exitCode: 0,
    });
  });

  it('gives stdin as it comes and stdout to whoever consumes it, and collects nothing of that', async () => {
    async function* stdin(): AsyncGenerator<Uint8Array> {
      for (const text of ['one ', 'two']) yield Buffer.from(text);
    }
    let taken = '';
    const consume = (chunk: Uint8Array): void => void (taken += Buffer.from(chunk).toString());
    const result = await localContext().exec(sh`cat; echo no >&2`, { stdin: stdin(), consume });
    expect(result).toMatchObject({ stdout: '', stderr: 'no\n', stdoutBytes: 7, exitCode: 0 });
    expect(taken).toBe('one two');
  });

  it.each(['stdin', 'consume'] as const)('stops the command and rejects when %s throws', async (which) => {
    // oxlint-disable-next-line require-yield -- it fails before there is anything
    async function* stdin(): AsyncGenerator<Uint8Array> {
      throw new Error('enough');
    }
    const consume = (): void => {
      throw new Error('enough');
    };
    const streams = which === 'stdin' ? { stdin: stdin() } : { consume };
    await expect(localContext().exec(sh`echo one; exec sleep 600`, streams)).rejects.toThrow('enough');
  });

  it('kills the command and its children at the timeout, also children that outlive the shell', async () => {
    const result = await localContext({ timeoutMs: 100 }).exec(sh`sleep 600 & exit 3`);
    expect(result).toMatchObject({ timedOut: true });
    expect(result.durationMs).toBeLessThan(5_000);
  });

  it('rejects with the reason of the signal', async () => {
    const controller = new AbortController();
    const running = localContext({ signal: controller.signal }).exec(sh`sleep 600`);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('says that output is binary instead of showing it', async () => {
    expect(await localContext().exec(sh`printf 'a\0b'`)).toMatchObject({ binary: true, stdout: '', stdoutBytes: 3 });
  });

  it('has files of this machine, and tells the test what the tool tells', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'servonaut-context-'));
    const told: unknown[] = [];
    const context = localContext({
      folder,
      onProgress: (update) => told.push(update),
      onLog: (level, text) => told.push([level, text]),
    });
    await context.sftp(async (sftp) => (await sftp.open('a', 'create')).write(Buffer.from('one')));
    context.progress({ done: 1, total: 2 });
    context.log.warn('careful');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(told).toEqual([{ done: 1, total: 2 }, ['warn', 'careful']]);
    rmSync(folder, { recursive: true });
  });

  it('has no server for a tool on the executor', () => {
    expect(() => localContext({ server: null }).server).toThrow(expect.objectContaining({ code: 'tool_failed' }));
  });
});

describe('injectionStrings', () => {
  it('are the same for the same seed and run when nobody quotes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'servonaut-injections-'));
    const strings = injectionStrings(`touch ${folder}/RAN`, 200);
    expect(injectionStrings(`touch ${folder}/RAN`, 200)).toEqual(strings);
    expect(new Set(injectionStrings('x', 1_000)).size).toBeGreaterThan(800);
    const ways = [
      (value: string) => `: ${value}`,
      (value: string) => `: '${value}'`,
      (value: string) => `: "${value}"`,
    ];
    for (const unquoted of ways) {
      for (const value of strings.slice(0, 40))
        await localContext({ shell: ['/bin/bash'] }).exec(rawShell(`cd ${folder}; ${unquoted(value)}`));
      expect(readdirSync(folder)).toContain('RAN');
      rmSync(join(folder, 'RAN'));
    }
    rmSync(folder, { recursive: true });
  });
});
