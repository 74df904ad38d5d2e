/** One configuration for every package; `npm run test:unit -- libs/mercure` narrows by path. ESM throughout, sources not builds. */
export default {
  testMatch: ['<rootDir>/{apps,libs,plugins,bench,e2e,tools}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/tools/lint/fixtures/'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  testEnvironment: '<rootDir>/tools/test/environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['@servonaut/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true, tsx: false },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['<rootDir>/tools/test/nest-first.ts'],
  coverageProvider: 'v8',
  workerIdleMemoryLimit: '1500MB',
  testTimeout: 30_000,
};
