import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolManifestSchema } from '@servonaut/contracts';
import { HELLO } from './plugins/testing/plugin-on-disk.ts';
import type { PluginPackage } from './plugin-package.ts';
import { loadToolCatalog } from './tool-catalog.ts';

describe('the catalog of tools', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'servonaut-catalog-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const plugin = (name: string, source: string): PluginPackage => {
    writeFileSync(join(root, `${name}.mjs`), source);
    return { name, root, pjson: { servonaut: { tools: `./${name}.mjs` } } };
  };

  it('has the tools of every plugin that names them', async () => {
    const tools = plugin('one', "export const TOOLS = [{ name: 'uptime', manifest: { name: 'uptime' } }];");
    const catalog = await loadToolCatalog([tools, { name: 'other', root, pjson: {} }]);
    expect(catalog.find('uptime')).toMatchObject({ name: 'uptime' });
    expect(catalog.find('other')).toBeUndefined();
    expect(catalog.manifests()).toEqual([{ name: 'uptime' }]);
    expect(catalog.entries[0]?.plugin).toBe('one');
    expect([catalog.pluginOf('uptime'), catalog.pluginOf('other')]).toEqual(['one', undefined]);
  });

  it('lets no plugin pass its tool for that of another', async () => {
    const source = "export const TOOLS = [{ name: 'uptime', manifest: {} }];";
    await expect(loadToolCatalog([plugin('one', source), plugin('two', source)])).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'Two plugins have a tool "uptime": one and two.',
    });
  });

  it('marks the words of an added plugin', async () => {
    const manifest = { ...HELLO, description: 'x'.repeat(2_000) };
    const source = `export const TOOLS = [${JSON.stringify({ manifest, name: 'say_hello' })}];`;
    const [told] = (await loadToolCatalog([{ ...plugin('one', source), type: 'user' }])).manifests();
    expect(told?.description).toMatch(/^From the plugin one: x+$/);
    expect(toolManifestSchema.parse(told)).toEqual(told);
  });

  it.each([
    ['throws', "throw new Error('broken');", /broken/],
    ['exports none', 'export const NOTHING = 1;', /no TOOLS exported/],
  ])('names a plugin that %s', async (_, source, message) => {
    await expect(loadToolCatalog([plugin('one', source)])).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });
});
