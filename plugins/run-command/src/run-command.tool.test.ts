import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { runCommand } from './run-command.tool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('run_command', () => {
  it('returns stdout, stderr and the true exit code', async () => {
    const { exec } = await callTool(runCommand, { command: 'echo out; echo err >&2; exit 7' }, localContext());
    expect(exec).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 7, signal: null });
  });

  it('says which signal ended the command', async () => {
    const { exec } = await callTool(runCommand, { command: 'kill -9 $$' }, localContext());
    expect(exec).toMatchObject({ exitCode: null, signal: 'KILL' });
  });

  it('runs in the folder that was asked for, whatever its name', async () => {
    const odd = join(folder, `-a 'b" $(id)\\`);
    const context = localContext({ env: { ODD: odd } });
    await callTool(runCommand, { command: 'mkdir -- "$ODD"' }, context);
    const { exec } = await callTool(runCommand, { command: 'pwd -P; pwd -P >&2', cwd: odd }, context);
    expect(exec).toMatchObject({ stdout: `${odd}\n`, stderr: `${odd}\n`, exitCode: 0 });
  });

  it('runs nothing of the command when there is no such folder', async () => {
    const { exec } = await callTool(
      runCommand,
      { command: 'echo one; echo two', cwd: join(folder, 'gone') },
      localContext(),
    );
    expect(exec).toMatchObject({ stdout: '' });
    expect(exec?.exitCode).toBeGreaterThan(0);
    expect(exec?.stderr).toContain('gone');
  });

  it('ignores CDPATH, which would print the folder', async () => {
    const { exec } = await callTool(
      runCommand,
      { command: 'pwd', cwd: '/tmp' },
      localContext({ env: { CDPATH: '/' } }),
    );
    expect(exec?.stdout).toBe('/tmp\n');
  });

  it('asks for root only when it is told to', async () => {
    const asked: unknown[] = [];
    const local = localContext();
    const context = {
      ...local,
      exec: (...[command, options]: Parameters<typeof local.exec>) => {
        asked.push(options?.sudo);
        return local.exec(command, options);
      },
    };
    await callTool(runCommand, { command: 'true' }, context);
    await callTool(runCommand, { command: 'true', sudo: true }, context);
    expect(asked).toEqual([false, true]);
  });

  it('shows the policy all of the caller’s text, where it starts and as whom', () => {
    const input = runCommand.input.parse({ command: 'ls', cwd: '/srv', sudo: true });
    expect(runCommand.commands?.(input)).toEqual([{ text: 'ls', directory: '/srv', sudo: true }]);
    expect(runCommand.commands?.(runCommand.input.parse({ command: 'ls' }))).toEqual([{ text: 'ls', sudo: false }]);
  });

  it('sets variables for all of the command, as they are', async () => {
    const env = { ODD: `-a 'b" $(id)\\\n`, LANG: 'C' };
    const command = `printf '%s|' "$ODD"; sh -c 'printf "%s|" "$ODD" "$LANG"'`;
    const { exec } = await callTool(runCommand, { command, env, cwd: '/tmp' }, localContext());
    expect(exec?.stdout).toBe(`${env.ODD}|${env.ODD}|C|`);
  });

  it('gives the command what it reads, to the byte', async () => {
    const stdin = `one\n'two' $(id)\u00e9\n\n`;
    const { exec } = await callTool(runCommand, { command: 'cat; pwd', stdin, cwd: '/tmp' }, localContext({}));
    expect(exec?.stdout).toBe(`${stdin}/tmp\n`);
  });

  it('shows the policy what it sets, as it runs it', async () => {
    const input = runCommand.input.parse({ command: 'ls', cwd: '/srv', env: { PATH: '/tmp', A: `it's` } });
    const text = `export PATH='/tmp'\nexport A='it'\\''s'\nls`;
    expect(runCommand.commands?.(input)).toEqual([{ text, directory: '/srv', sudo: false }]);
    const texts: string[] = [];
    const local = localContext();
    const exec: typeof local.exec = (command, ...options) => {
      texts.push(command.text);
      return local.exec(command, ...options);
    };
    await runCommand.run(input, { ...local, exec });
    expect(texts).toEqual([`cd -- '/srv' || exit\n${text}`]);
  });

  it.each([
    ['an empty command', { command: '' }],
    ['a command of blanks', { command: ' \n\t' }],
    ['a command that is too long', { command: 'x'.repeat(65_537) }],
    ['a relative folder', { command: 'pwd', cwd: 'tmp' }],
    ['an argument that it does not have', { command: 'pwd', shell: 'bash' }],
    ['a variable whose name runs something', { command: 'pwd', env: { 'A=1;id;B': 'x' } }],
    ['a variable whose name is an option', { command: 'pwd', env: { '-p': 'x' } }],
    [
      'too many variables',
      { command: 'pwd', env: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`A${at}`, ''])) },
    ],
    ['a value that is too long', { command: 'pwd', env: { A: 'x'.repeat(4_097) } }],
    ['input that is too long', { command: 'pwd', stdin: 'x'.repeat(262_145) }],
  ])('refuses %s', (_what, input) => {
    expect(runCommand.input.safeParse(input).success).toBe(false);
  });

  it('refuses NUL, where the shell would stop reading', async () => {
    await expect(callTool(runCommand, { command: 'echo a\0b' }, localContext())).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
