import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPlugin } from './create-plugin.ts';
import { checkSdk } from './sdk-version.ts';

describe('plugins create', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'servonaut-create-'));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  it('writes a package in which every place has its word', async () => {
    const folder = await createPlugin('largest-files', '@acme/largest', join(parent, 'a/b'));
    expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
      '.gitignore',
      'package.json',
      'src',
      'src/index.ts',
      'src/largest-files.tool.test.ts',
      'src/largest-files.tool.ts',
      'tsconfig.json',
    ]);
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    const pjson = JSON.parse(read('package.json')) as Record<string, unknown>;
    expect(pjson['name']).toBe('@acme/largest');
    expect(() => checkSdk('a', pjson)).not.toThrow();
    expect(read('src/largest-files.tool.ts')).toContain("name: 'largest_files',\n  title: 'Largest files',");
    expect(read('src/index.ts')).toContain("import { largestFiles } from './largest-files.tool.ts';");
    for (const file of ['package.json', 'src/index.ts', 'src/largest-files.tool.ts', 'src/largest-files.tool.test.ts'])
      expect(read(file)).not.toMatch(/\{\{|undefined/);
  });

  it('writes into no folder in which there is something', async () => {
    writeFileSync(join(parent, 'mine'), '');
    await expect(createPlugin('a', 'a', parent)).rejects.toMatchObject({ code: 'conflict' });
    expect(readdirSync(parent)).toEqual(['mine']);
  });

  it.each(['Largest', 'a_b', '-a', 'a--b', '../a', '', 'a'.repeat(41)])('refuses a tool named %j', async (name) => {
    await expect(createPlugin(name, 'a', join(parent, 'new'))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it.each(['A', 'a b', '../a', 'a/b', '', 'a'.repeat(215)])('refuses a package named %j', async (name) => {
    await expect(createPlugin('a', name, join(parent, 'new'))).rejects.toMatchObject({ code: 'invalid_request' });
    expect(readdirSync(parent)).toEqual([]);
  });
});
