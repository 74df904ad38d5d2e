import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configWithPlugins } from './loaded-plugins.ts';
import { allowPlugin, findPlugin, listPlugins } from './services/plugins/allowed-plugins.ts';
import { importPlugin } from './services/plugins/import-plugin.ts';
import { leftOutOf } from './services/plugins/left-out.ts';
import { pluginsFolder } from './services/plugins/plugins-folder.ts';
import { aProfile, placePlugin } from './services/plugins/testing/plugin-on-disk.ts';
import { pluginsCheck } from './services/doctor/plugins-check.ts';
import { loadSourceCatalog } from './services/source-catalog.ts';
import { loadToolCatalog } from './services/tool-catalog.ts';
import type { PluginPackage } from './services/plugin-package.ts';

const BROKEN = '@acme/broken';

describe('the command line', () => {
  const before = { ...process.env };
  let profile: ReturnType<typeof aProfile>;
  let root: string;
  let warnings: string[];
  beforeEach(() => {
    profile = aProfile();
    const { configDir, stateDir } = profile.environment;
    Object.assign(process.env, { SERVONAUT_CONFIG_DIR: configDir, SERVONAUT_STATE_DIR: stateDir });
    root = join(profile.folder, 'package.json');
    writeFileSync(root, JSON.stringify({ name: 'a-command-line', version: '1.0.0', oclif: { bin: 'a' } }));
    warnings = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => warnings.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = before;
    rmSync(profile.folder, { recursive: true });
  });

  /** @param module what is in place of its own */
  const allowed = async (name: string, module?: string, brings?: object): Promise<void> => {
    const project = placePlugin(profile.environment.stateDir, name);
    const write = (file: string, text: string) => writeFileSync(join(project, 'node_modules', name, file), text);
    if (module !== undefined) write('index.js', module);
    if (brings) write('servonaut.json', JSON.stringify(brings));
    await allowPlugin(profile, await findPlugin(profile, name));
  };
  const load = async (...argv: string[]) => {
    const config = await configWithPlugins(argv, root);
    const plugins: PluginPackage[] = [...config.plugins.values()];
    const commands = config.getPluginsList().flatMap((plugin) => plugin.commands);
    return { commands, plugins, leftOut: leftOutOf(plugins) };
  };

  it.each([
    ['is no JavaScript', 'export const TOOLS = [', /Unexpected/],
    ['throws', "throw new Error('no\\nway');", /no way/],
    ['throws what is no error', 'throw Object.create(null);', /Object/],
    ['lacks what it depends on', "import 'not-there';", /not-there/],
    ['exports none of its tools', 'export const X = 1;', /no TOOLS exported/],
    ['exports something else', 'export const TOOLS = [null];', /null/],
  ])('leaves out an allowed plugin that %s, tells of it, and has the others', async (_, module, why) => {
    await allowed(BROKEN, module);
    await allowed('@acme/hello', undefined, { tools: [], sources: [] });
    const { leftOut } = await load();
    expect(leftOut.map(({ name }) => name)).toEqual([BROKEN, '@acme/hello']);
    expect(warnings[0]).toMatch(why);
    expect(warnings[0]).toMatch(
      /^The plugin @acme\/broken is left out: .*"servonaut plugins revoke @acme\/broken"\.\n$/,
    );
    expect(warnings[1]).toMatch(/It brings something else than its servonaut\.json says/);
  });

  it('waits so long for a plugin that never ends to be imported', async () => {
    await allowed(BROKEN, 'await new Promise(() => undefined); export const TOOLS = [];');
    const also = jest.fn(async () => undefined);
    await expect(importPlugin(await findPlugin(profile, BROKEN), also, 1)).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'It is not imported within 0.001 s.',
      nextStep: expect.stringContaining(`"servonaut plugins revoke ${BROKEN}"`),
    });
    expect(also).not.toHaveBeenCalled();
  });

  it('says what is wrong where its tool is called, is listed and is looked for', async () => {
    await allowed(BROKEN, "throw new Error('no');");
    const { commands, plugins, leftOut } = await load('status');
    expect(warnings).toEqual([]);
    await expect(commands.find(({ id }) => id === 'say-hello')?.load()).rejects.toMatchObject({
      code: 'config_invalid',
    });
    const catalog = await loadToolCatalog(plugins);
    expect(() => catalog.find('say_hello')).toThrow(expect.objectContaining({ code: 'unknown_tool' }));
    expect(catalog.find('another')).toBeUndefined();
    expect(catalog.manifests()).toEqual([]);
    const fault = { message: expect.stringMatching(/is left out: It cannot be loaded: no\.$/) };
    expect(await listPlugins(profile, leftOut)).toMatchObject([{ name: BROKEN, standing: 'allowed', fault }]);
    expect(pluginsCheck({ plugins })).toMatchObject([{ state: 'failure', subject: BROKEN, what: fault.message }]);
  });

  it('leaves the servers of its sources as they were found before', async () => {
    await allowed(BROKEN, "throw new Error('no');", { tools: [], sources: ['shelf'] });
    const shelf = (await loadSourceCatalog((await load()).plugins)).get('shelf');
    expect(shelf?.options.safeParse({ room: 'a' }).success).toBe(true);
    await expect(shelf?.list({}, {} as never)).rejects.toMatchObject({ message: expect.stringContaining('left out') });
  });

  it('leaves out both of two plugins that bring the same, and one that passes for ours', async () => {
    await allowed('@acme/one');
    await allowed('@acme/two');
    await allowed('three', undefined, { tools: [], sources: [] });
    const { leftOut } = await load();
    expect(leftOut.map(({ fault }) => fault.message)).toEqual([
      'The plugin @acme/one is left out: It has a tool "say_hello", as the plugin @acme/two has.',
      'The plugin @acme/two is left out: It has a tool "say_hello", as the plugin @acme/one has.',
      expect.stringContaining('three is left out: It brings something else'),
    ]);
  });

  it.each([
    ['plugins', 'revoke', BROKEN],
    ['plugins', 'uninstall', BROKEN],
    ['plugins:install', 'x'],
    ['plugins', 'allow'],
  ])('runs nothing of a plugin in %s %s, by which it is mended', async (...argv) => {
    const trace = join(profile.folder, 'RAN');
    await allowed(BROKEN, `import { writeFileSync } from 'node:fs'; writeFileSync('${trace}', ''); process.exit(7);`);
    expect((await load(...argv)).plugins.map(({ name }) => name)).toEqual(['a-command-line']);
  });

  it('is there without plugins where their folder cannot be read', async () => {
    mkdirSync(profile.environment.stateDir);
    writeFileSync(pluginsFolder(profile.environment), '');
    expect((await load()).leftOut).toHaveLength(1);
    expect(warnings).toEqual([expect.stringMatching(/^No plugin is loaded: ENOTDIR.*Mend what is named\.\n$/)]);
  });
});
