import DataLoader from 'dataloader';
import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { ScreeningSubject } from '../../../../rails/screening/provider.ts';

const FIND_TARGETS = statement(
  'payments.find_quote_targets',
  `select id, organization_id as "organizationId", network, to_address as "toAddress", sealed,
          payout ->> 'orderId' as "orderId"
     from payments.quote where id = any($1::uuid[]) and (to_address is not null or sealed is not null)`,
);

interface Target {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly network: string | null;
  readonly toAddress: string | null;
  /** Of an account at a bank, until the Quote is accepted or over; sealed for the order. */
  readonly sealed: Uint8Array | null;
  readonly orderId: Uuid | null;
}

/** Whom an order pays whose account was sealed when it was wished for. */
export type OpenSubject = (sealed: Uint8Array, orderId: Uuid) => Promise<ScreeningSubject>;

interface Asked {
  readonly organizationId: Uuid;
  readonly quoteId: Uuid;
}

/**
 * Reads whom Quotes pay outside, those that are asked for in one tick together, of all organizations: each is given what
 * is its own. Nothing is remembered. A Quote never leads elsewhere later. Role omsx_payments_writer. Safe to retry.
 */
export function quoteSubjects(
  database: Database,
  openSubject: OpenSubject,
): (organizationId: Uuid, quoteId: Uuid) => Promise<ScreeningSubject | null> {
  const loader = new DataLoader<Asked, ScreeningSubject | null>(
    (asked) => readSubjects(database, openSubject, asked),
    {
      cache: false,
    },
  );
  return (organizationId, quoteId) => loader.load({ organizationId, quoteId });
}

async function readSubjects(
  database: Database,
  openSubject: OpenSubject,
  asked: readonly Asked[],
): Promise<readonly (ScreeningSubject | null)[]> {
  const ids = [...new Set(asked.map(({ quoteId }) => quoteId))];
  const targets = await database.write((tx) => tx.rows<Target>(FIND_TARGETS, [arrayOf(ids, (id) => id)]));
  const found = new Map(targets.map((target) => [target.id, target]));
  return await Promise.all(
    asked.map(async ({ organizationId, quoteId }) => {
      const target = found.get(quoteId);
      if (target?.organizationId !== organizationId) return null;
      const { toAddress: address, network, sealed, orderId } = target;
      if (address !== null) return { addresses: [{ address, network }] };
      return sealed === null || orderId === null ? null : await openSubject(sealed, orderId);
    }),
  );
}
