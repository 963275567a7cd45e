import { arrayOf, arrayOfText } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Gate } from '../../domain/gates/gate.ts';
import type { Review } from '../../domain/gates/review.ts';
import { REVIEW_COLUMNS } from './columns.ts';
import { GATE_COLUMNS, type GateRow, gateOf } from './instruction.ts';

const READ_GATES = statement(
  'payments.read_gates',
  `select ${GATE_COLUMNS} from payments.gate gate where gate.transaction_id = any($1::uuid[])`,
);

const LOCK_REVIEWS = statement(
  'payments.lock_reviews',
  `select ${REVIEW_COLUMNS} from payments.review review
    where review.id = any($1::uuid[]) or (review.subject_id = any($2::uuid[]) and review.status = 'OPEN')
    order by review.id for no key update`,
);

/** Gates of locked Transactions, by Transaction. */
export async function readGates(tx: Tx, transactionIds: readonly Uuid[]): Promise<ReadonlyMap<Uuid, Gate>> {
  if (transactionIds.length === 0) return new Map();
  const rows = await tx.rows<GateRow>(READ_GATES, [arrayOf(transactionIds, (id) => id)]);
  return new Map(rows.map((row) => [row.transactionId, gateOf(row)]));
}

/** Locks these Reviews and the open ones of these subjects: after Transactions and PayoutBatches, before Accounts. */
export async function lockReviews(
  tx: Tx,
  reviewIds: readonly Uuid[],
  subjectIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Review>> {
  if (reviewIds.length + subjectIds.length === 0) return new Map();
  const rows = await tx.rows<Review>(LOCK_REVIEWS, [
    arrayOf(reviewIds, (id) => id),
    arrayOf(subjectIds, (id) => id),
  ]);
  return new Map(rows.map((review) => [review.id, review]));
}

/** A counterparty as `domain/gates` names it: an Account, an address, or a digest. */
export interface AskedCounterparty {
  readonly organizationId: Uuid;
  readonly where: string;
}

/** Indexes transaction_destination_account, onchain_leg_address and counterparty_pkey. What came to nothing does not count. */
const FIND_KNOWN = statement(
  'payments.find_known_counterparties',
  `select asked.organization_id as "organizationId", asked.place as "where"
     from unnest($1::uuid[], $2::text[]) as asked(organization_id, place)
    where case
      when asked.place ~ '^0x[0-9a-f]{40}$' then exists (
        select from payments.onchain_leg leg join payments.transaction paid on paid.id = leg.transaction_id
         where leg.organization_id = asked.organization_id and leg.address = asked.place
           and leg.side = 'DESTINATION' and paid.status = 'COMPLETED')
      when asked.place ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then exists (
        select from payments.transaction paid
         where paid.destination_account_id = asked.place::uuid and paid.organization_id = asked.organization_id
           and paid.destination_rail = 'BOOK' and paid.status = 'COMPLETED')
      else exists (
        select from payments.counterparty known join payments.transaction paid on paid.id = known.transaction_id
         where known.organization_id = asked.organization_id and known.digest = asked.place
           and paid.status = 'COMPLETED') end`,
);

/** Those of `asked` that their organization has paid before. */
export function findKnown(
  tx: Tx,
  asked: readonly AskedCounterparty[],
): Promise<readonly AskedCounterparty[]> {
  return tx.rows<AskedCounterparty>(FIND_KNOWN, [
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOfText(asked, ({ where }) => where),
  ]);
}
