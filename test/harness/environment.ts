/**
 * What the global set-up hands to the test workers, through environment variables, which jest's workers inherit. The
 * only place that knows their names.
 */
export type TestEnvironment = {
  /** The superuser's url of the maintenance database; for making and dropping databases, not for tests. */
  readonly adminUrl: string;
  /** The migrated database that each test database is a clone of. */
  readonly templateName: string;
  /** The pid of the test run, part of each database's name, so that leaked ones are told from live ones. */
  readonly runPid: number;
  /** Undefined on a machine where no Redis can be had; the reason was printed by the set-up. */
  readonly redisUrl: string | undefined;
};

const names = {
  adminUrl: 'OMSX_TEST_ADMIN_URL',
  templateName: 'OMSX_TEST_TEMPLATE',
  runPid: 'OMSX_TEST_RUN_PID',
  redisUrl: 'OMSX_TEST_REDIS_URL',
} as const;

export function writeTestEnvironment(environment: TestEnvironment): void {
  process.env[names.adminUrl] = environment.adminUrl;
  process.env[names.templateName] = environment.templateName;
  process.env[names.runPid] = String(environment.runPid);
  if (environment.redisUrl === undefined) delete process.env[names.redisUrl];
  else process.env[names.redisUrl] = environment.redisUrl;
}

/** Throws outside a test run, with the command that makes one. */
export function readTestEnvironment(): TestEnvironment {
  const adminUrl = process.env[names.adminUrl];
  const templateName = process.env[names.templateName];
  const runPid = Number.parseInt(process.env[names.runPid] ?? '', 10);
  if (adminUrl === undefined || templateName === undefined || !Number.isSafeInteger(runPid)) {
    throw new Error(
      'The test servers are not running; start tests with "npm test", whose set-up starts them.',
    );
  }
  return { adminUrl, templateName, runPid, redisUrl: process.env[names.redisUrl] };
}
