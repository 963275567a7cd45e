import { createLogger } from '../../platform/log.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';

/** The payments subgraph with its workers, as a process that a test may kill. */
await createPayments({
  databaseUrl: process.env.OMSX_TEST_CHILD_DATABASE_URL ?? '',
  logger: createLogger({ level: 'error', name: 'child' }),
  runsWorkers: true,
});
process.stdout.write('ready\n');
