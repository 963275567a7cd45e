import type { CommandLane } from '../../../platform/commandLane.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { PayoutCommand } from '../domain/payouts/command.ts';
import type { PayoutLoaders } from '../loaders/payouts.ts';

/** What resolvers of PayoutBatches work with, new for each request. */
export interface PayoutsContext {
  readonly lane: CommandLane<PayoutCommand>;
  readonly loaders: PayoutLoaders;
  /** Role omsx_payments_writer. */
  readonly writes: Database;
  /** True when an earlier request with the command's key was decided. */
  readonly isKeyKnown: (command: PayoutCommand) => Promise<boolean>;
}

const FIND_KEY = statement(
  'payments.find_payout_key',
  'select 1 from platform.idempotency where organization_id = $1 and operation = $2 and key = $3',
);

export function createPayoutsContext(
  lane: CommandLane<PayoutCommand>,
  writes: Database,
  loaders: PayoutLoaders,
): PayoutsContext {
  return {
    lane,
    loaders,
    writes,
    isKeyKnown: async ({ organizationId, operation, idempotencyKey }) =>
      (await writes.write((tx) => tx.rows(FIND_KEY, [organizationId, operation, idempotencyKey]))).length > 0,
  };
}
