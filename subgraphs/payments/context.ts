import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { CommandLane } from '../../platform/commandLane.ts';
import type { BaseContext } from '../../platform/graphql.ts';
import type { Database } from '../../platform/postgres.ts';
import type { PaymentsLane } from './commands/lane.ts';
import type { SetLimitPolicyCommand } from './commands/limits/setLimitPolicy.ts';
import type { PayoutsContext } from './context/payouts.ts';
import type { Loaders } from './loaders.ts';

/** What resolvers work with, new for each request. */
export interface Context extends BaseContext {
  /** Role omsx_payments: one organization at a time. */
  readonly reads: Database;
  readonly loaders: Loaders;
  readonly assets: AssetCatalogue;
  readonly lane: PaymentsLane;
  readonly payouts: PayoutsContext;
  readonly limits: CommandLane<SetLimitPolicyCommand>;
}
