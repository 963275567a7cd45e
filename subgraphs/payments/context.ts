import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { CommandLane } from '../../platform/commandLane.ts';
import type { BaseContext } from '../../platform/graphql.ts';
import type { Database } from '../../platform/postgres.ts';
import type { SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import type { PaymentsLane } from './commands/lane.ts';
import type { SetLimitPolicyCommand } from './commands/limits/setLimitPolicy.ts';
import type { BankConnection } from './commands/readPayout.ts';
import type { WebhookServices } from './commands/webhookServices.ts';
import type { CashContext } from './context/cash.ts';
import type { PayoutsContext } from './context/payouts.ts';
import type { RateProvider } from './domain/rateProvider.ts';
import type { Loaders } from './loaders.ts';

/** What resolvers work with, new for each request. */
export interface Context extends BaseContext {
  /** Role omsx_payments: one organization at a time. */
  readonly reads: Database;
  readonly loaders: Loaders;
  readonly assets: AssetCatalogue;
  readonly lane: PaymentsLane;
  readonly rates: RateProvider;
  /** Null where no bank is connected. */
  readonly bank: BankConnection | null;
  /** Null but in the sandbox, where a simulated bank can be told what to do. */
  readonly simulator: SimulatorEndpoint | null;
  readonly cash: CashContext;
  readonly payouts: PayoutsContext;
  readonly webhooks: WebhookServices;
  readonly limits: CommandLane<SetLimitPolicyCommand>;
}
