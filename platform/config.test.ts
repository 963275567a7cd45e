import { ConfigError, type Role, readConfig } from './config.ts';
import type { Environment } from './configReader.ts';

const secret = 's'.repeat(32);

function faultsOf(environment: Environment, role: Role = 'up'): readonly string[] {
  try {
    readConfig(environment, role);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

test('an empty environment is enough for omsx up, and blanks count as not set', () => {
  const config = readConfig({ DATABASE_URL: '  ', OMSX_PORT: '', OMSX_TEST_RUN_PID: '1' });
  expect(config).toMatchObject({
    databaseUrl: undefined,
    redisUrl: undefined,
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    viewerSecret: undefined,
    mode: 'sandbox',
    introspection: true,
    allowedOrigins: [],
    routerEngine: 'omsx',
  });
  expect(readConfig({ OMSX_MODE: 'live' }).introspection).toBe(false);
});

test('everything that is set is read', () => {
  const config = readConfig(
    {
      DATABASE_URL: 'postgres://main/omsx',
      OMSX_DATABASE_URL_ACCOUNTS: 'postgresql://accounts@db/omsx',
      REDIS_URL: 'rediss://cache:6380',
      OMSX_PORT: '0',
      OMSX_VIEWER_SECRET: secret,
      OMSX_KEY_PEPPER: secret,
      OMSX_SUBGRAPH_ACCOUNTS_URL: 'http://accounts:4001',
      OMSX_INTROSPECTION: 'false',
      OMSX_ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
      ROUTER_ENGINE: 'apollo',
      OMSX_READ_CONNECTIONS_MAX: '20',
    },
    'accounts',
  );
  expect(config).toMatchObject({
    databaseUrls: { accounts: 'postgresql://accounts@db/omsx', wallets: 'postgres://main/omsx' },
    port: 0,
    introspection: false,
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    routerEngine: 'apollo',
    readConnectionsMax: 20,
  });
});

test('screening has a threshold, and perhaps a provider beside the list', () => {
  expect(readConfig({}).screening).toEqual({ scoreMin: 85, url: undefined, token: undefined });
  const set = {
    OMSX_SCREENING_URL: 'https://screen.example',
    OMSX_SCREENING_TOKEN: secret,
    OMSX_SCREENING_LIST: 'x',
  };
  expect(readConfig({ ...set, OMSX_SCREENING_SCORE_MIN: '92' }).screening).toEqual({
    ...{ scoreMin: 92, url: 'https://screen.example', token: secret },
  });
  expect(faultsOf({ OMSX_SCREENING_SCORE_MIN: '80' })).toEqual([
    'OMSX_SCREENING_SCORE_MIN is "80": expected an integer from 81 to 100',
  ]);
});

test('a KYC provider is known by its address and may know us by a token', () => {
  expect(readConfig({}).kyc).toEqual({ url: undefined, token: undefined });
  const set = { OMSX_KYC_URL: 'https://kyc.example', OMSX_KYC_TOKEN: secret };
  expect(readConfig(set).kyc).toEqual({ url: 'https://kyc.example', token: secret });
  expect(faultsOf({ OMSX_KYC_URL: 'ftp://kyc.example' })).toEqual([
    'OMSX_KYC_URL is malformed: expected a URL that starts with http:// or https://',
  ]);
});

test('all faults are told at once, with what was expected', () => {
  const faults = faultsOf({
    OMSX_PORT: '70000',
    OMSX_LOG_LEVEL: 'loud',
    OMSX_MODE: 'production',
    OMSX_INTROSPECTION: 'yes',
    OMSX_ALLOWED_ORIGINS: 'https://a.example/path,*',
    ROUTER_ENGINE: 'own',
    OMSX_STREAM_SHARDS: '1e3',
    OMSX_VIEWER_SECRETT: secret,
    OMSX_KEY_PEPPER: 'short',
    REDIS_URL: 'localhost:6379',
  });
  expect(faults).toHaveLength(11);
  expect(faults.join('\n')).toMatch(/OMSX_PORT is "70000": expected an integer from 0 to 65535/);
  expect(faults.join('\n')).toMatch(
    /OMSX_VIEWER_SECRETT is not a setting of omsx; those are .*OMSX_VIEWER_SECRET/,
  );
});

test('a fault repeats no secret', () => {
  const faults = faultsOf({
    DATABASE_URL: 'mysql://root:hunter2@db',
    REDIS_URL: 'hunter2',
    OMSX_KEY_PEPPER: 'hunter2',
    OMSX_VIEWER_SECRET: 'hunter2',
  });
  expect(faults).toHaveLength(4);
  expect(faults.join('\n')).not.toContain('hunter2');
});

test('a split role says what it cannot do without', () => {
  const names = (role: Role): readonly (string | undefined)[] =>
    faultsOf({}, role).map((fault) => fault.split(' ', 1)[0]);
  expect(names('accounts')).toEqual(['OMSX_VIEWER_SECRET', 'OMSX_KEY_PEPPER', 'DATABASE_URL']);
  expect(names('wallets')).toEqual(['OMSX_VIEWER_SECRET', 'DATABASE_URL']);
  expect(names('router')).toEqual([
    'OMSX_VIEWER_SECRET',
    'OMSX_SUBGRAPH_ACCOUNTS_URL',
    'OMSX_SUBGRAPH_WALLETS_URL',
    'OMSX_SUBGRAPH_PAYMENTS_URL',
    'DATABASE_URL',
  ]);
  expect(faultsOf({ OMSX_DATABASE_URL_WORKER: 'postgres://db/omsx' }, 'worker')).toEqual([]);
});

test('endpoints of chains are read by network, and a malformed one is not repeated', () => {
  const config = readConfig({
    RPC_URL_POLYGON: 'https://a.example/v2/key, https://b.example/key',
    RPC_URL_LOCAL: ' ',
    OMSX_FOLDER: '/state',
    OMSX_DATABASE_URL_SIGNER: 'postgres://signer@db/omsx',
  });
  expect(config.rpcUrls).toEqual({ POLYGON: ['https://a.example/v2/key', 'https://b.example/key'] });
  expect(config).toMatchObject({
    keyFile: '/state/keys/seal.key',
    kmsKeyId: undefined,
    networksFile: undefined,
  });
  expect(config.databaseUrls).toMatchObject({ chain: undefined, signer: 'postgres://signer@db/omsx' });
  expect(() => Object.assign(config.rpcUrls, { BASE: [] })).toThrow(TypeError);
  const set = {
    OMSX_KEY_FILE: '/keys/a',
    OMSX_KMS_KEY_ID: 'alias',
    AWS_REGION: 'eu-west-1',
    OMSX_NETWORKS_FILE: '/networks.json',
  };
  expect(readConfig(set)).toMatchObject({
    keyFile: '/keys/a',
    kmsKeyId: 'alias',
    networksFile: '/networks.json',
  });
  expect(faultsOf({ OMSX_KMS_KEY_ID: 'key' })).toEqual([
    'AWS_REGION is missing: expected the region of OMSX_KMS_KEY_ID',
  ]);
  expect(faultsOf({ RPC_URL_BASE: 'https://a.example,wss://b.example/hunter2' })).toEqual([
    'RPC_URL_BASE is malformed: expected URLs that start with http:// or https://, separated by commas',
  ]);
  expect(faultsOf({ OMSX_DATABASE_URL_CHAIN: 'postgres://db/omsx' }, 'chain')).toEqual([]);
  expect(faultsOf({}, 'signer')).toEqual([
    'DATABASE_URL is missing: omsx signer starts no Postgres of its own',
  ]);
});

test('a simulated bank is for the sandbox, and has a secret', () => {
  const bank = {
    OMSX_BANK_SIMULATOR_URL: 'http://bank.example/',
    OMSX_BANK_SECRET: secret,
    OMSX_KEY_PEPPER: secret,
  };
  expect(readConfig({ ...bank, DATABASE_URL: 'postgres://db/omsx' }, 'bank').bank).toEqual({
    simulatorUrl: 'http://bank.example',
    secret,
    callbackUrl: undefined,
    catalogFile: undefined,
    banksFile: undefined,
  });
  expect(readConfig({ OMSX_BANK_CATALOG_FILE: '/rails.json' }).bank.catalogFile).toBe('/rails.json');
  expect(faultsOf({ OMSX_BANK_SIMULATOR_URL: 'http://bank.example' })).toEqual([
    expect.stringMatching(/^OMSX_BANK_SECRET is missing/),
  ]);
  expect(faultsOf({ ...bank, OMSX_MODE: 'live' })).toEqual([
    'OMSX_MODE is live: expected no simulated bank, which moves no money',
  ]);
  const names = faultsOf({}, 'bank-simulator').map((fault) => fault.split(' ', 1)[0]);
  expect(names).toEqual(['OMSX_BANK_CALLBACK_URL', 'OMSX_BANK_SECRET']);
  expect(faultsOf({ DATABASE_URL: 'postgres://db/omsx', OMSX_KEY_PEPPER: secret }, 'bank')).toHaveLength(1);
});

test('the configuration cannot be changed', () => {
  const config = readConfig({});
  expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  expect(() => Object.assign(config.databaseUrls, { accounts: 'x' })).toThrow(TypeError);
});

test('the router alone limits cost only where it is told to, as schemas of others say nothing of it', () => {
  const limitsOf = (environment: Environment, role: Role) => {
    const { budget, costMax } = readConfig(environment, role).router;
    return { budget, costMax };
  };
  expect(limitsOf({}, 'up')).toEqual({
    budget: { capacity: 1_000_000, refillPerSecond: 100_000 },
    costMax: 20_000,
  });
  expect(limitsOf({}, 'standalone')).toEqual({ budget: null, costMax: null });
  const set = { OMSX_BUDGET_PER_SECOND: '5', OMSX_BUDGET_CAPACITY: '50', OMSX_COST_MAX: '7' };
  expect(limitsOf(set, 'standalone')).toEqual({
    budget: { capacity: 50, refillPerSecond: 5 },
    costMax: 7,
  });
  expect(limitsOf({ OMSX_BUDGET_PER_SECOND: '0', OMSX_COST_MAX: '0' }, 'up')).toEqual({
    budget: null,
    costMax: null,
  });
});
