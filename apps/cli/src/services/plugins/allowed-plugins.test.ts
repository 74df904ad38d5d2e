import { appendFileSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allowPlugin, findPlugin, listPlugins, revokePlugin } from './allowed-plugins.ts';
import { loadablePlugins } from './loadable-plugins.ts';
import { leftOutText } from './left-out.ts';
import { SDK, sdkFolder } from './sdk-version.ts';
import { aProfile, placePlugin } from './testing/plugin-on-disk.ts';

const NAME = '@acme/hello';

describe('plugins of a profile', () => {
  let profile: ReturnType<typeof aProfile>;
  let project: string;
  const faults: string[] = [];
  beforeEach(() => {
    profile = aProfile();
    project = placePlugin(profile.environment.stateDir, NAME);
    faults.length = 0;
  });
  afterEach(() => rmSync(profile.folder, { recursive: true }));

  const allow = async (): Promise<void> => allowPlugin(profile, await findPlugin(profile, NAME));
  const loaded = async (): Promise<string[]> => {
    const plugins = await loadablePlugins(profile);
    faults.push(...plugins.flatMap((plugin) => ('fault' in plugin ? leftOutText(plugin) : [])));
    return plugins.flatMap((plugin) => ('fault' in plugin ? [] : plugin.name));
  };

  it('are shown by what their files say, and not loaded', async () => {
    const [plugin] = await listPlugins(profile);
    expect(plugin).toMatchObject({
      name: NAME,
      standing: 'not allowed',
      integrity: 'sha512-x',
      dependencies: ['left-pad 2.0.0'],
      brings: { tools: [{ name: 'say_hello' }] },
    });
    expect([await loaded(), faults]).toEqual([[], []]);
  });

  it('are loaded once they are allowed, with the SDK of this command line, and no more once that is revoked', async () => {
    await allow();
    expect([await loaded(), faults]).toEqual([[NAME], []]);
    expect(readlinkSync(join(project, 'node_modules', SDK))).toBe(sdkFolder());
    expect(await revokePlugin(profile, NAME)).toBe(true);
    expect(await loaded()).toEqual([]);
    expect(await revokePlugin(profile, NAME)).toBe(false);
  });

  it('get the SDK of this command line also when there was another', async () => {
    mkdirSync(join(project, 'node_modules/@servonaut'));
    symlinkSync('/nowhere', join(project, 'node_modules', SDK));
    await allow();
    expect(await loaded()).toEqual([NAME]);
    expect(readlinkSync(join(project, 'node_modules', SDK))).toBe(sdkFolder());
  });

  it.each(['@acme/hello/index.js', '@acme/hello/package.json', 'left-pad/index.js', 'left-pad/new.js'])(
    'are not loaded any more when %s has changed',
    async (file) => {
      await allow();
      appendFileSync(join(project, 'node_modules', file), '\n');
      expect(await loaded()).toEqual([]);
      expect(faults).toEqual([
        expect.stringContaining('It has changed since it was allowed. Run "servonaut plugins allow'),
      ]);
      expect((await findPlugin(profile, NAME)).standing).toBe('changed');
    },
  );

  it('cannot hide files behind a link', async () => {
    symlinkSync(profile.folder, join(project, 'node_modules/left-pad/elsewhere'));
    await expect(findPlugin(profile, NAME)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('with an SDK of their own are not loaded', async () => {
    mkdirSync(join(project, 'node_modules', SDK), { recursive: true });
    await allow();
    expect(await loaded()).toEqual([]);
    expect(faults).toEqual([expect.stringContaining('It brings an SDK of its own.')]);
  });

  it('for another SDK can neither be allowed nor stay loaded', async () => {
    placePlugin(profile.environment.stateDir, NAME, { peerDependencies: { [SDK]: '^9.0.0' } });
    await expect(allow()).rejects.toMatchObject({ message: expect.stringContaining('is written for') });
    const { digest } = await findPlugin(profile, NAME);
    writeFileAt(JSON.stringify({ allowed: { [NAME]: digest } }));
    expect(await loaded()).toEqual([]);
    expect(faults).toEqual([expect.stringContaining('Install a version of the plugin that goes with this one')]);
  });

  it('of which a file cannot be read are left out and listed as such, and the others are there', async () => {
    const folder = join(placePlugin(profile.environment.stateDir, '@acme/broken'), 'node_modules');
    // A name that is no text is another one once it is read.
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), '');
    await allow();
    const { digest } = await findPlugin(profile, NAME);
    writeFileAt(JSON.stringify({ allowed: { [NAME]: digest, '@acme/broken': digest } }));
    expect((await loadablePlugins(profile)).map(({ name }) => name)).toEqual(['@acme/broken', NAME]);
    const fault = {
      message: expect.stringMatching(/^The plugin @acme\/broken is left out: It cannot be loaded: ENOENT/),
    };
    expect(await listPlugins(profile)).toMatchObject([{ standing: 'not readable', fault }, { standing: 'allowed' }]);
  });

  it('are not loaded where it is not known which are allowed', async () => {
    writeFileAt('{');
    await expect(loaded()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('are allowed for one profile, in a file that only its owner can write', async () => {
    await allow();
    const other = { ...profile, paths: { ...profile.paths, configDir: join(profile.folder, 'other') } };
    expect((await findPlugin(other, NAME)).standing).toBe('not allowed');
    expect(JSON.parse(readFileSync(join(profile.paths.configDir, 'plugins.json'), 'utf8'))).toEqual({
      allowed: { [NAME]: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
  });

  it.each(['..', '../x', 'a/b', '@acme/..', '/etc', 'toString'])('are not found by %j', async (name) => {
    await expect(findPlugin(profile, name)).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|invalid_request/),
    });
  });

  function writeFileAt(text: string): void {
    mkdirSync(profile.paths.configDir, { recursive: true });
    writeFileSync(join(profile.paths.configDir, 'plugins.json'), text, { mode: 0o600 });
  }
});
