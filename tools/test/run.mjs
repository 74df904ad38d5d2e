/** `npm test`: everything, on this machine, with real servers. The last line is the sum. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository, switchToOwnNode } from './own-node.mjs';
import { runStep, stepLine } from './steps.mjs';
import { verdict } from './verdict.mjs';

await switchToOwnNode();
// Imports TypeScript, which an older Node could not even parse.
const { ensurePrograms, pathForChildren } = await import('./programs.mjs');
const { ensureAgentClients } = await import('./agent-clients.mjs');

const ci = !['', 'false', undefined].includes(process.env.CI);
const ensured = [ensurePrograms({ ci }), await ensureAgentClients({ ci })];
const [failures, warnings] = [ensured.flatMap((each) => each.failures), ensured.flatMap((each) => each.warnings)];
for (const message of [...failures, ...warnings]) console.error(`\n!! ${message}`);

const folder = mkdtempSync(join(tmpdir(), 'servonaut-test-run-'));
const resultPath = join(folder, 'jest.json');
/** What Node has compiled, for all that the tests start: each operator of theirs has a home of its own, in which nothing is compiled yet. */
const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
const options = {
  cwd: repository,
  env: { ...process.env, ...compiled, PATH: pathForChildren(repository), NX_DAEMON: 'false' },
};
const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers=2', '--json', `--outputFile=${resultPath}`];

/** Ahead of the tests, none of which waits for minutes. */
const hub = `import { buildMercureHub, referenceHubAvailable } from '@servonaut/testkit'; if (referenceHubAvailable()) await buildMercureHub();`;

/** One server for all test files: to make one takes as long as many of them. Without it, as after a build that failed, each starts one of its own. */
async function startSharedPostgres() {
  try {
    const { SHARED_POSTGRES, startPostgres } = await import('@servonaut/testkit');
    const server = await startPostgres();
    return { env: { [SHARED_POSTGRES]: server.url }, stop: () => server.stop() };
  } catch (error) {
    console.error(`\n!! no PostgreSQL to share: ${error.message}`);
    return { env: {}, stop: async () => undefined };
  }
}

/** Each of them leaves a core idle for much of its time. What imports what is built comes after that: the executable of the CLI, and the test kit. */
async function prepare() {
  const build = ['nx', 'run-many', '--targets=build,database-template', '--parallel=2', '--output-style=static'];
  const format = runStep('format', ['prettier', '--check', '--log-level', 'warn', '.'], options);
  const built = await runStep('build', build, options);
  const lint = runStep('lint', ['node', 'tools/lint/run.mjs'], options);
  const hubBuilt = runStep('reference hub', ['node', '--input-type=module', '--eval', hub], options);
  return [await format, built, await lint, await hubBuilt];
}

const steps = await prepare();
const postgres = await startSharedPostgres();
steps.push(
  await runStep('tests', ['node', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest], {
    ...options,
    env: { ...options.env, ...postgres.env },
    // With --json jest repeats its result on stdout, for which there is a file.
    stdio: ['ignore', 'ignore', 'inherit'],
  }),
);
await postgres.stop();

const tests = verdict(readResult(), { ci });
rmSync(folder, { recursive: true });

console.log(`\n── summary\n${steps.map(stepLine).join('\n')}`);
for (const message of [...failures, ...warnings, ...tests.problems]) console.log(`  !! ${message}`);
console.log(tests.line);
process.exitCode = tests.ok && failures.length === 0 && steps.every((step) => step.ok) ? 0 : 1;

function readResult() {
  try {
    return JSON.parse(readFileSync(resultPath, 'utf8'));
  } catch (error) {
    console.error(`no result of jest: ${error.message}`);
    return undefined;
  }
}
