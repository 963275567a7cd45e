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
    // Published as ES modules only.
    '/node_modules/jose/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }],
    // Imports node:http when it first sends, which jest's own module system cannot.
    '/otlp-exporter-base/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!jose/|@opentelemetry/.+/otlp-exporter-base/|@opentelemetry/otlp-exporter-base/)',
  ],
  globalSetup: './test/harness/globalSetup.ts',
  globalTeardown: './test/harness/globalTeardown.ts',
  maxWorkers: 2,
  testTimeout: 30_000,
};

export default config;
