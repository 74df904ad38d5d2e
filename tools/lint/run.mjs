/** `npm run lint`: rules of the language, walls of the house, and what nobody uses. */
import { delimiter } from 'node:path';
import { repository, switchToOwnNode } from '../test/own-node.mjs';
import { runStep, stepLine } from '../test/steps.mjs';

await switchToOwnNode();

const PATH = `${repository}node_modules/.bin${delimiter}${process.env.PATH}`;
const options = { cwd: repository, env: { ...process.env, PATH } };
const roots = ['apps', 'libs', 'plugins', 'bench', 'e2e', 'tools'];

const steps = [
  await runStep(
    'oxlint',
    ['oxlint', '--type-aware', '--ignore-pattern=tools/lint/fixtures/**', '--format=agent'],
    options,
  ),
  await runStep(
    'walls',
    ['depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...roots],
    options,
  ),
  await runStep('knip', ['knip', '--no-progress'], options),
  await runStep('types of tools', ['node', 'node_modules/typescript7/bin/tsc', '--noEmit', '-p', 'tools'], options),
];

console.log(`\n${steps.map(stepLine).join('\n')}`);
process.exitCode = steps.every((step) => step.ok) ? 0 : 1;
