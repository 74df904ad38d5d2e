/** Prints, as JSON, which walls each fixture in the folder of the argument runs into: `{"<fixture>": ["<rule>", …]}`. */
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
const { enhancedResolveOptions, ...cruiseOptions } = options;

/** Paths in the rules are relative to `baseDir`, which is what makes a fixture a small repository of its own. */
async function brokenWalls(baseDir) {
  const { output } = await cruise(
    ['.'],
    { ...cruiseOptions, baseDir, validate: true, ruleSet: { forbidden } },
    enhancedResolveOptions,
  );
  return [...new Set(output.summary.violations.map((violation) => violation.rule.name))].toSorted();
}

const folder = resolve(process.argv[2]);
const found = {};
for (const fixture of readdirSync(folder).toSorted()) found[fixture] = await brokenWalls(join(folder, fixture));
console.log(JSON.stringify(found));
