/**
 * Real Postgres and Redis are started once by the global set-up; each test file clones its own database. Not a .ts file: on
 * Node 20 jest reads those only through ts-node, which does not work with TypeScript 7.
 *
 * @type {import('jest').Config}
 */
const config = {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.omsx/', '/dist/'],
  modulePathIgnorePatterns: ['/.omsx/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  globalSetup: './test/harness/globalSetup.ts',
  globalTeardown: './test/harness/globalTeardown.ts',
  maxWorkers: 2,
  testTimeout: 30_000,
};

export default config;
