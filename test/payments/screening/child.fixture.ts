import { createLogger } from '../../../platform/log.ts';
import { createHttpScreening } from '../../../rails/screening/httpScreening.ts';
import { createPayments } from '../../../subgraphs/payments/main.ts';

/** The payments subgraph with its workers, which asks a provider of the test, as a process that a test may kill. */
await createPayments({
  databaseUrl: process.env.OMSX_TEST_CHILD_DATABASE_URL ?? '',
  logger: createLogger({ level: 'error', name: 'child' }),
  runsWorkers: true,
  screening: createHttpScreening({ url: process.env.OMSX_TEST_CHILD_SCREENING_URL ?? '' }),
});
process.stdout.write('ready\n');
