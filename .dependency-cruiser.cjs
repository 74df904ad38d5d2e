/**
 * The walls of the house: who may import whom. Each has a fixture of its name in tools/lint/fixtures that must fail, and
 * tools/lint/walls.test.ts proves that it does. Paths are relative to the repository, or to the fixture.
 */
const TEST_FILE = String.raw`\.test\.tsx?$`;
/** What several tests of one package share. (`libs/plugin-sdk/src/testing` is another thing: it ships to plugin authors.) */
const TEST_SUPPORT = '^(apps|libs/(agent-tools|mercure)|plugins)/.*/testing/';
const TEST = [TEST_FILE, TEST_SUPPORT];
const NPM = '(^|/)node_modules/';
/** Resolves for dependency-cruiser what `npm` and `node:` imports become, whatever kind of dependency package.json calls them. */
const OUTSIDE = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'core'];

const wall = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Which other modules of the coordinator each module may import. A name that is not here may import none and be imported by none. */
const API_MODULES = {
  audit: [],
  auth: ['audit'],
  entitlements: ['auth', 'audit'],
  relay: ['auth', 'audit'],
  mcp: ['entitlements', 'relay', 'auth', 'audit'],
  admin: ['auth', 'entitlements', 'relay', 'audit'],
};

/** What every plugin may import. */
const PLUGIN_PACKAGES = [`${NPM}zod/`, `${NPM}@oclif/core/`, '^(libs|plugins|apps)/'];

/** What the plugins of inventory sources may import besides what every plugin may. */
const SOURCE_PACKAGES = {
  ansible: ['yaml'],
  aws: ['@aws-sdk/client-ec2'],
  azure: ['@azure/arm-resourcegraph', '@azure/identity'],
  file: ['smol-toml', 'yaml'],
  gcp: ['google-auth-library'],
};

const AUTH = '^apps/api/src/modules/auth/';

/** What opens connections to servers and runs commands there. */
const TO_SERVERS =
  '^apps/cli/src/ssh/(links/|route/|ssh-(client|connection|pool|remote-shell)|remote-(run|shell|stop)|warm-connection|side-command|sudo-channel)';

/** The doors on the way of a call to a server, and who may open each: what is not behind all of them has not been through the pipeline. */
const CLI_DOORS = {
  executor: ['commands/connect', 'commands/mcp/serve', 'hooks/run-tool'],
  'tool-pipeline': ['services/executor'],
  'tool-context': ['services/tool-pipeline'],
  'operator-shell': ['services/executor', 'services/server-test'],
};

const cliDoorWalls = Object.entries(CLI_DOORS).map(([door, openers]) =>
  wall(
    `cli-door-${door}`,
    `services/${door}.ts is for ${openers.join(' and ')}.`,
    { path: '^apps/cli/src/', pathNot: [...TEST, ...openers.map((opener) => `^apps/cli/src/${opener}[.]ts$`)] },
    { path: `^apps/cli/src/services/${door}[.]ts$` },
  ),
);

const apiModuleWalls = Object.entries(API_MODULES).map(([module, allowed]) =>
  wall(
    `api-module-${module}`,
    `apps/api/src/modules/${module} imports ${allowed.join(', ') || 'no other module'}.`,
    { path: `^apps/api/src/modules/${module}/` },
    { path: '^apps/api/src/modules/', pathNot: [module, ...allowed].map((name) => `^apps/api/src/modules/${name}/`) },
  ),
);

module.exports = {
  forbidden: [
    wall('no-circular', 'A circle has no order in which it can be read, or started.', {}, { circular: true }),
    wall(
      'no-unresolved',
      'An import that cannot be resolved would pass every other wall.',
      // The executable starts the build, which need not be there.
      { pathNot: '^apps/cli/bin/' },
      { couldNotResolve: true },
    ),
    wall(
      'no-vague-names',
      'utils, common and helpers name no idea, so everything ends up there.',
      {},
      {
        path: '(^|/)(util|utils|common|helper|helpers|shared|misc)(/|[.]|$)',
        pathNot: NPM,
        dependencyTypesNot: ['core'],
      },
    ),
    wall('tests-are-leaves', 'What two tests need is a module of its own.', {}, { path: TEST_FILE, pathNot: NPM }),
    wall(
      'test-support-in-tests-only',
      'Code that ships does not need its doubles.',
      { pathNot: [...TEST, '^tools/redaction/'] },
      { path: TEST_SUPPORT },
    ),

    wall(
      'contracts-zod-only',
      'The wire runs everywhere, the browser included.',
      { path: '^libs/contracts/', pathNot: TEST },
      {
        pathNot: ['^libs/contracts/', `${NPM}zod/`],
      },
    ),
    wall(
      'mercure-stands-alone',
      'The Mercure protocol knows nothing of Servonaut.',
      { path: '^libs/mercure/', pathNot: TEST },
      {
        path: '^(libs/(?!mercure/)|plugins/|apps/)',
      },
    ),
    wall(
      'plugin-sdk-on-contracts',
      'contracts <- plugin-sdk.',
      { path: '^libs/plugin-sdk/', pathNot: TEST },
      {
        path: '^(libs/(?!plugin-sdk/|contracts/)|plugins/|apps/)',
      },
    ),
    wall(
      'plugins-on-sdk',
      'A plugin of ours has what a plugin of anybody has: the SDK.',
      { path: '^plugins/([^/]+)/', pathNot: TEST },
      {
        path: '^(libs|plugins|apps)/',
        pathNot: ['^plugins/$1/', '^libs/plugin-sdk/'],
      },
    ),
    wall(
      'plugins-packages',
      'Packages of a plugin: zod, oclif through the SDK, and for an inventory source what reads it.',
      {
        path: '^plugins/',
        pathNot: [
          ...TEST,
          '^plugins/(files|get-logs|transfer-file)/',
          ...Object.keys(SOURCE_PACKAGES).map((kind) => `^plugins/inventory-${kind}/`),
        ],
      },
      {
        dependencyTypes: OUTSIDE,
        pathNot: PLUGIN_PACKAGES,
      },
    ),
    wall(
      'plugins-packages',
      'plugins/files imports diff, which shows the operator what would change.',
      { path: '^plugins/files/', pathNot: TEST },
      { dependencyTypes: OUTSIDE, pathNot: [...PLUGIN_PACKAGES, `${NPM}diff/`] },
    ),
    wall(
      'plugins-packages',
      'plugins/get-logs reads long logs in threads.',
      { path: '^plugins/get-logs/', pathNot: TEST },
      { dependencyTypes: OUTSIDE, pathNot: [...PLUGIN_PACKAGES, '^(node:)?(os|path|worker_threads)$'] },
    ),
    wall(
      'plugins-packages',
      'plugins/transfer-file reads and writes the files of the transfer folder.',
      { path: '^plugins/transfer-file/', pathNot: TEST },
      { dependencyTypes: OUTSIDE, pathNot: [...PLUGIN_PACKAGES, '^(node:)?(crypto|fs|fs/promises|path)$'] },
    ),
    ...Object.entries(SOURCE_PACKAGES).map(([kind, packages]) =>
      wall(
        'plugins-packages',
        `plugins/inventory-${kind} imports ${packages.join(' and ')}, and node: what reads files.`,
        { path: `^plugins/inventory-${kind}/`, pathNot: TEST },
        {
          dependencyTypes: OUTSIDE,
          pathNot: [...PLUGIN_PACKAGES, ...packages.map((name) => `${NPM}${name}/`), '^(node:)?(fs|fs/promises|path)$'],
        },
      ),
    ),
    wall(
      'apps-apart',
      'Apps meet on the wire only.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    wall(
      'libs-below-apps',
      'Libraries and plugins know no app.',
      { path: '^(libs|plugins)/' },
      { path: '^(apps|bench|e2e|tools)/' },
    ),
    wall(
      'agent-tools-on-contracts',
      'contracts <- agent-tools: what agents are told does not depend on who runs their calls.',
      { path: '^libs/agent-tools/', pathNot: TEST },
      { path: '^(libs/(?!agent-tools/|contracts/)|plugins/|apps/)' },
    ),
    wall(
      'api-on-contracts-and-mercure',
      'contracts, agent-tools, mercure <- api.',
      { path: '^apps/api/', pathNot: TEST },
      {
        path: '^(libs|plugins)/',
        pathNot: '^libs/(contracts|agent-tools|mercure)/',
      },
    ),
    wall(
      'coordinator-executes-nothing',
      'The coordinator never runs a command and never opens SSH.',
      { path: '^apps/api/', pathNot: TEST },
      {
        path: `^(node:)?child_process$|${NPM}(ssh2|ssh2-.*|node-ssh|execa)/`,
      },
    ),
    wall(
      'testkit-in-tests-only',
      'Code that ships does not start test servers.',
      { path: '^(libs|plugins|apps)/', pathNot: [...TEST, '^libs/testkit/'] },
      {
        path: '^libs/testkit/',
      },
    ),

    ...apiModuleWalls,
    wall(
      'api-module-door',
      'Another module only through its index.ts.',
      { path: '^apps/api/src/modules/([^/]+)/' },
      {
        path: '^apps/api/src/modules/[^/]+/',
        pathNot: ['^apps/api/src/modules/$1/', String.raw`^apps/api/src/modules/[^/]+/index\.ts$`],
      },
    ),
    wall(
      'auth-people-alone',
      'Who a person is does not depend on what they let a client do.',
      { path: `${AUTH}people/`, pathNot: TEST },
      { path: `${AUTH}(oauth|credentials)/` },
    ),
    wall(
      'auth-credentials-alone',
      'Credentials worked before anybody could sign in, and still do.',
      { path: `${AUTH}credentials/`, pathNot: TEST },
      { path: `${AUTH}(oauth|people)/` },
    ),
    wall(
      'auth-oauth-on-people',
      'The two kinds of token meet above both.',
      { path: `${AUTH}oauth/`, pathNot: TEST },
      { path: `${AUTH}credentials/` },
    ),
    wall(
      'auth-pages-on-top',
      'Pages show what the rest of auth knows; only its module knows of them.',
      { path: '^apps/api/src/', pathNot: [...TEST, `${AUTH}pages/`, String.raw`${AUTH}authorization\.module\.ts$`] },
      { path: `${AUTH}pages/` },
    ),
    wall(
      'api-platform-below-modules',
      'platform and config import no module.',
      { path: '^apps/api/src/(platform|config)/', pathNot: TEST },
      {
        path: '^apps/api/src/modules/',
      },
    ),

    wall(
      'cli-oclif-on-top',
      'Services and what lies below them work without oclif.',
      {
        path: '^apps/cli/src/(services|relay|ssh|policy|journal|local-audit|inventory|session)/',
      },
      { path: `${NPM}@oclif/` },
    ),
    wall(
      'cli-commands-on-services',
      'A command parses, calls a service and renders.',
      { path: '^apps/cli/src/commands/', pathNot: TEST },
      {
        path: '^apps/cli/src/(relay|ssh|policy|journal|local-audit|inventory)/',
      },
    ),
    ...cliDoorWalls,
    wall(
      'cli-one-way-to-servers',
      'Servers are reached from the pipeline; and by the operator alone, to test them and to read their host keys.',
      {
        path: '^apps/cli/src/',
        pathNot: [
          ...TEST,
          '^apps/cli/src/ssh/',
          '^apps/cli/src/services/(operator-shell|tool-context|tool-pipeline|server-test|server-trust)[.]ts$',
        ],
      },
      { path: TO_SERVERS },
    ),
    wall(
      'cli-ssh-in-ssh',
      'Nothing but ssh/ speaks SSH.',
      { path: '^apps/cli/', pathNot: [...TEST, '^apps/cli/src/ssh/'] },
      { path: `${NPM}(ssh2|ssh2-.*|node-ssh)/` },
    ),
    wall(
      'cli-mcp-in-serve',
      'No other command waits for the SDK of MCP to load.',
      { path: '^apps/cli/', pathNot: [...TEST, '^apps/cli/src/services/local-agent/'] },
      { path: `${NPM}@modelcontextprotocol/` },
    ),
    wall(
      'cli-commands-on-top',
      'Nothing is built on a command.',
      {
        path: '^apps/cli/src/(services|relay|ssh|policy|journal|local-audit|inventory|session|ui)/',
        pathNot: TEST,
      },
      { path: '^apps/cli/src/commands/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: ['^(apps|libs|plugins)/[^/]+/(dist|coverage)/', '^(bench|e2e)/(dist|results)/', '^tools/lint/fixtures/'],
    },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['@servonaut/source', 'import', 'require', 'node', 'default'],
    },
  },
};
