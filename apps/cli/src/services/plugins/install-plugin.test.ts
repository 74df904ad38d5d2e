import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allowPlugin, findPlugin } from './allowed-plugins.ts';
import { loadablePlugins } from './loadable-plugins.ts';
import { installPlugin, uninstallPlugin } from './install-plugin.ts';
import { checkLock, packageSpec } from './npm-project.ts';
import { SDK } from './sdk-version.ts';
import { aProfile, HELLO, writePackage } from './testing/plugin-on-disk.ts';

describe('packageSpec', () => {
  it.each(['pager', '@acme/pager', '@acme/pager@1.2.3', 'pager@^1.2', 'pager@latest'])('takes %s', (name) => {
    expect(packageSpec(name)).toBe(name);
  });

  it('makes paths absolute', () => expect(packageSpec('./', '/')).toBe('/'));

  it.each([
    '-g',
    '--prefix=/',
    'git+ssh://a/b',
    'github:a/b',
    'a/b',
    'https://a/b.tgz',
    './nowhere',
    'a@npm:b',
    'a b',
    '',
  ])('refuses %j', (name) => {
    expect(() => packageSpec(name, '/')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('checkLock', () => {
  const lock = (version: string, field: string): string =>
    JSON.stringify({
      packages: { '': { dependencies: { a: '/a.tgz' } }, 'node_modules/a': { [field]: { b: version } } },
    });

  it.each([
    'git+ssh://git@a/b.git',
    'git://a/b',
    'github:a/b',
    'a/b',
    'a/b#c0ffee',
    'https://a/b.tgz',
    'http://a/b',
    'git@a:b.git',
  ])('refuses a dependency on %s', (version) => {
    for (const field of ['dependencies', 'optionalDependencies'])
      expect(() => checkLock(lock(version, field))).toThrow(`a depends on b as ${version}, which is in no registry.`);
  });

  it.each(['^1.2.0', '1.x || >=2 <3', 'latest', '', 'npm:@scope/b@^1', 'file:../b'])('accepts one on %j', (version) => {
    expect(() => checkLock(lock(version, 'dependencies'))).not.toThrow();
  });
});

describe('installing', () => {
  let profile: ReturnType<typeof aProfile>;
  let source: string;
  beforeEach(() => {
    profile = aProfile();
    source = join(profile.folder, 'source');
  });
  afterEach(() => rmSync(profile.folder, { recursive: true }));

  const install = () => installPlugin(profile, source, new Set(['ours']));
  const left = (): string[] => readdirSync(join(profile.environment.stateDir, 'plugins'));

  it('copies a folder without running anything of it, and a new version is not allowed by the old one', async () => {
    const trace = join(profile.folder, 'RAN');
    const scripts = Object.fromEntries(
      ['prepare', 'preinstall', 'postinstall'].map((name) => [name, `touch ${trace}`]),
    );
    writePackage(source, '@acme/hello', { scripts });
    writeFileSync(join(source, 'index.js'), `import('node:fs').then((fs) => fs.writeFileSync('${trace}', ''));\n`);
    const plugin = await install();
    expect(plugin).toMatchObject({ name: '@acme/hello', standing: 'not allowed', dependencies: [] });
    await allowPlugin(profile, plugin);
    expect((await install()).standing).toBe('allowed');
    writeFileSync(join(source, 'index.js'), '// another\n');
    expect((await findPlugin(profile, '@acme/hello')).standing).toBe('allowed');
    expect((await install()).standing).toBe('changed');
    expect([existsSync(trace), left()]).toEqual([false, ['@acme']]);
    await uninstallPlugin(profile, '@acme/hello');
    expect(await loadablePlugins(profile)).toEqual([]);
    await expect(uninstallPlugin(profile, '@acme/hello')).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['for another SDK', 'a', { peerDependencies: { [SDK]: '^9' } }, /is written for/],
    ['of ours', 'ours', {}, /is a part of this command line/],
    ['that npm does not take', 'a', { dependencies: { 'not here': 'file:./nowhere' } }, /npm cannot install/],
  ])('refuses one %s, and leaves nothing behind', async (_, name, more, message) => {
    writePackage(source, name, more);
    await expect(install()).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringMatching(message) });
    expect(left()).toEqual([]);
  });

  it.each([
    ['9.9.2', /^This is npm 9\.9\.2, which is too old\.$/],
    ['10.0.0', /^npm cannot install/],
    ['what', /^npm does not say which version it is\.$/],
  ])('by an npm %s: %s', async (version, message) => {
    writePackage(source, 'a');
    const npm = join(profile.folder, 'npm');
    writeFileSync(npm, `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\nexit 1\n`);
    chmodSync(npm, 0o755);
    const variables = { ...profile.environment.variables, PATH: profile.folder };
    const refused = installPlugin(
      { ...profile, environment: { ...profile.environment, variables } },
      source,
      new Set(),
    );
    await expect(refused).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringMatching(message) });
    expect(left()).toEqual([]);
  });

  it('refuses one that brings an SDK of its own', async () => {
    const sdk = join(profile.folder, 'sdk');
    mkdirSync(sdk);
    writeFileSync(join(sdk, 'package.json'), JSON.stringify({ name: SDK, version: '0.1.0' }));
    writePackage(source, 'a', { dependencies: { [SDK]: `file:${sdk}` } });
    await expect(install()).rejects.toMatchObject({ message: 'a brings an SDK of its own.' });
  });

  it('refuses one whose tool would pass for one of ours', async () => {
    writePackage(source, 'a');
    const tool = { ...HELLO, name: 'run_command' };
    writeFileSync(join(source, 'servonaut.json'), JSON.stringify({ tools: [tool], sources: [] }));
    await expect(install()).rejects.toMatchObject({ message: expect.stringContaining('has a tool "run_command"') });
  });

  it('refuses a package that does not say what it brings', async () => {
    writePackage(source, 'a');
    rmSync(join(source, 'servonaut.json'));
    await expect(install()).rejects.toMatchObject({ message: 'a is no plugin: it lacks servonaut.json.' });
  });
});
