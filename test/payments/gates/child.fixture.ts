import { formatId, type Uuid } from '../../../platform/id.ts';
import { createLogger } from '../../../platform/log.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import {
  decideReviewOf,
  readDecideApproval,
} from '../../../subgraphs/payments/commands/gates/readGateCommands.ts';
import { createPayments } from '../../../subgraphs/payments/main.ts';
import { findLatestReviews } from '../../../subgraphs/payments/store/gates/findReviews.ts';

/**
 * Decides whatever waits, as two who approve and one who reviews would by the last letter of each id, and lets the worker
 * expire and call off the rest: a process that a test may kill at any moment.
 */
const url = process.env.OMSX_TEST_CHILD_DATABASE_URL ?? '';
const viewerOf = (organizationId: Uuid, name: string): Viewer => {
  return { organizationId, kind: 'KEY', subjectId: name, scopes: ['*'] };
};

const WAITING = statement(
  'test.waiting',
  `select transaction_id as id, organization_id as "organizationId", awaits_approval as "awaitsApproval",
          awaits_review as "awaitsReview" from payments.gate where state = 'WAITING' order by random() limit 20`,
);

interface Waiting {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly awaitsApproval: boolean;
  readonly awaitsReview: boolean;
}

const logger = createLogger({ level: 'error', name: 'child' });
const { lane } = await createPayments({ databaseUrl: url, logger, runsWorkers: true });
const writes = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: 1 });
const reads = await openDatabase({ url, role: 'omsx_payments', poolMax: 1 });
process.stdout.write('ready\n');

async function decide({ id, organizationId, awaitsApproval, awaitsReview }: Waiting): Promise<void> {
  const last = Number.parseInt(id.slice(-1), 16);
  // A quarter of them nobody decides: the worker does, in time.
  if (last % 4 === 3) return;
  const request = { idempotencyKey: `${id}`, id: formatId('txn', id) };
  if (awaitsApproval) {
    const name = last % 4 === 2 ? 'rejectTransaction' : 'approveTransaction';
    for (const who of ['first', 'second']) {
      const idempotencyKey = `${who} ${id}`;
      const command = readDecideApproval(viewerOf(organizationId, who), name, { ...request, idempotencyKey });
      if (!('__typename' in command)) await lane.submit(command);
    }
  }
  if (!awaitsReview) return;
  const [review] = await findLatestReviews(reads, organizationId, [id]);
  if (review?.status !== 'OPEN') return;
  const decision = last % 2 === 0 ? 'RELEASE' : 'REFUSE';
  const command = decideReviewOf(viewerOf(organizationId, 'officer'), review, { ...request, decision });
  if (!('__typename' in command)) await lane.submit(command);
}

for (;;) {
  const waiting = await writes.write((tx) => tx.rows<Waiting>(WAITING));
  await Promise.all(waiting.map(decide));
  await new Promise((resolve) => setTimeout(resolve, 5));
}
