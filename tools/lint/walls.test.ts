import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: { name: string }[];
};
const walls = [...new Set(forbidden.map((rule) => rule.name))].toSorted();

describe('the walls of the house', () => {
  let broken: Record<string, string[]>;
  beforeAll(() => {
    const output = execFileSync(process.execPath, [here('cruise-fixtures.mjs'), here('fixtures/walls')], {
      encoding: 'utf8',
    });
    broken = JSON.parse(output) as Record<string, string[]>;
  });

  it('have a fixture each', () => {
    expect(readdirSync(here('fixtures/walls')).toSorted()).toEqual(walls);
  });

  it.each(walls)('%s stops its fixture, and no other wall does', (wall) => {
    expect(broken[wall]).toEqual([wall]);
  });

  it('see through the names of the workspace to its sources', () => {
    const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'libs/testkit/src/wire-messages.ts'];
    const { stdout } = spawnSync(here('../../node_modules/.bin/depcruise'), args, {
      cwd: here('../..'),
      encoding: 'utf8',
    });
    expect(stdout).toContain('"resolved": "libs/contracts/src/index.ts"');
  });
});

describe('the rules of the language', () => {
  const lint = (fixture: string): string =>
    spawnSync(
      here('../../node_modules/.bin/oxlint'),
      ['--type-aware', '--format=unix', `tools/lint/fixtures/rules/${fixture}`],
      {
        cwd: here('../..'),
        encoding: 'utf8',
      },
    ).stdout;

  it.each(readdirSync(here('fixtures/rules')))('%s stops its fixture', (rule) => {
    expect(lint(rule)).toContain(`(${rule})`);
  });

  it('let the one file of each app that may read process.env do so', () => {
    expect(lint('no-process-env')).not.toMatch(/app-config\.ts|environment\.ts/);
  });
});
