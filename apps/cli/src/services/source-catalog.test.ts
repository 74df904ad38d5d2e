import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const plugins = fileURLToPath(new URL('../../../../plugins/', import.meta.url));
const OURS = readdirSync(plugins).filter((name) => name.startsWith('inventory-'));

/** Loads the modules as `loadSourceCatalog` does, in a process that keeps what is imported. */
const LOAD = `
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ resolve: (name, context, next) => {
    const found = next(name, context);
    urls.push(found.url);
    return found;
  } });
  const kinds = [];
  for (const path of process.argv.slice(1)) kinds.push(...(await import(path)).SOURCES.map(({ kind }) => kind));
  console.log(JSON.stringify({ kinds, urls }));`;

it('the sources of this repository are loaded without the SDK of any cloud', () => {
  const modules = OURS.map((name) => `${plugins}${name}/src/index.ts`);
  const options = ['--conditions=@servonaut/source', '--no-warnings', '--input-type=module', '--eval', LOAD, '--'];
  const { kinds, urls } = JSON.parse(
    execFileSync(process.execPath, [...options, ...modules], { encoding: 'utf8' }),
  ) as { kinds: string[]; urls: string[] };
  expect(kinds.map((kind) => `inventory-${kind}`)).toEqual(OURS);
  expect(urls.filter((url) => /@aws-sdk|@azure|google/.test(url))).toEqual([]);
});

it('the command line brings all of them', () => {
  const manifest = new URL('../../package.json', import.meta.url);
  const { oclif } = JSON.parse(readFileSync(manifest, 'utf8')) as { oclif: { plugins: string[] } };
  expect(oclif.plugins).toEqual(expect.arrayContaining(OURS.map((name) => `@servonaut/plugin-${name}`)));
});
