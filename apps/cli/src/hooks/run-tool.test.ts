import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { runThroughHost, type AnyTool } from '@servonaut/plugin-sdk';
import { temporaryFolder } from '@servonaut/testkit';
import { PauseFile } from '../pause/pause-file.ts';
import { profilePaths, type ProfilePaths } from '../session/profile-paths.ts';
import { readEnvironment } from '../session/environment.ts';
import { runTool } from './run-tool.ts';

/** Leaves a mark where it runs. */
const pluginSource = (mark: string): string => `
import { writeFileSync } from 'node:fs';
const input = { safeParse: (data) => ({ success: true, data }) };
const manifest = { name: 'mark', effect: 'mutating', target: 'executor' };
const run = async () => (writeFileSync(${JSON.stringify(mark)}, 'ran'), { output: 'marked' });
export const TOOLS = [{ ...manifest, manifest, input, run }];
`;
const HELD = 'version: 1\napproval: never\n';
const FOLDERS = ['SERVONAUT_CONFIG_DIR', 'SERVONAUT_STATE_DIR'] as const;

describe('a plugin that calls the hook by itself', () => {
  let root: string;
  let paths: ProfilePaths;
  const before = FOLDERS.map((name) => process.env[name]);
  const hasRun = (): boolean => existsSync(join(root, 'mark'));
  const recorded = (): Promise<string> => readFile(join(paths.stateDir, 'audit', 'audit.jsonl'), 'utf8');

  beforeEach(async () => {
    root = await temporaryFolder();
    for (const name of FOLDERS) process.env[name] = root;
    paths = profilePaths('default', readEnvironment());
    await mkdir(paths.configDir, { recursive: true });
    await writeFile(join(root, 'tools.mjs'), pluginSource(join(root, 'mark')));
  });
  afterEach(() => FOLDERS.forEach((name, index) => (process.env[name] = before[index] ?? '')));

  /** As oclif calls the hooks of the host: with what the plugin says, and nothing that it does not. */
  const call = async (claimed: Partial<AnyTool> = {}) => {
    const plugin = { name: 'plugin', root, pjson: { servonaut: { tools: './tools.mjs' } } };
    const config = {
      plugins: new Map([['plugin', plugin]]),
      runHook: async (event: string, options: unknown) => {
        expect(event).toBe('servonaut:run-tool');
        const warn = (): void => undefined;
        return {
          successes: [{ result: await runTool.call({ config, warn } as never, options as never) }],
          failures: [],
        };
      },
    };
    const tool = { name: 'mark', ...claimed } as AnyTool;
    const request = { tool, servers: { kind: 'none' }, input: {}, profile: undefined, showsProgress: true } as const;
    const [end] = await runThroughHost(config as never, request);
    return end?.result;
  };

  it('comes through the pipeline like everybody: by the policy of the operator', async () => {
    await writeFile(join(paths.configDir, 'policy.yaml'), HELD);
    expect(await call()).toMatchObject({ status: 'rejected', error_code: 'policy_denied', rule: 'level' });
    expect(hasRun()).toBe(false);
    expect(await recorded()).toContain('"refused":"policy_denied"');
    await writeFile(join(paths.configDir, 'policy.yaml'), 'version: 1\nlevel: standard\n');
    expect(await call()).toMatchObject({ status: 'success', output: 'marked', audit_hash: expect.any(String) });
    expect(hasRun()).toBe(true);
  });

  it('brings in no tool of its own making: what is installed under the name is what counts', async () => {
    await writeFile(join(paths.configDir, 'policy.yaml'), HELD);
    let hasRunOther = false;
    const run = async () => ((hasRunOther = true), {});
    expect(await call({ effect: 'read-only', run } as never)).toMatchObject({ error_code: 'policy_denied' });
    expect(await call({ name: 'other', effect: 'read-only', run } as never)).toMatchObject({
      error_code: 'unknown_tool',
    });
    expect([hasRun(), hasRunOther]).toEqual([false, false]);
  });

  it('meets a pause', async () => {
    await new PauseFile(paths.stateDir).pause('lunch');
    expect(await call()).toMatchObject({ status: 'rejected', error_code: 'executor_paused' });
    expect(hasRun()).toBe(false);
  });

  it('has no other hook to call', () => {
    const { oclif } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(Object.keys(oclif.hooks)).toEqual(['servonaut:run-tool']);
  });
});
