import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { CommandLane } from '../../platform/commandLane.ts';
import type { BaseContext } from '../../platform/graphql.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Catalog } from '../../rails/bank/catalog/catalog.ts';
import type { SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import type { PaymentsLane } from './commands/lane.ts';
import type { SetLimitPolicyCommand } from './commands/limits/setLimitPolicy.ts';
import type { WaysOutside } from './commands/places.ts';
import type { ImportBankStatementCommand } from './commands/reconciliation/importBankStatement.ts';
import type { WebhookServices } from './commands/webhookServices.ts';
import type { CashContext } from './context/cash.ts';
import type { GatesContext } from './context/gates.ts';
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
  /** How money leaves to places outside. */
  readonly ways: WaysOutside;
  /** What is known of rails between banks. */
  readonly catalog: Catalog;
  /** Null but in the sandbox, where a simulated bank can be told what to do. */
  readonly simulator: SimulatorEndpoint | null;
  /** Who may move the clock of deadlines, role omsx_payments_writer; null but in the sandbox. */
  readonly clock: Database | null;
  readonly cash: CashContext;
  readonly payouts: PayoutsContext;
  readonly webhooks: WebhookServices;
  readonly limits: CommandLane<SetLimitPolicyCommand>;
  readonly gates: GatesContext;
  /** Takes in statements of banks that are files. */
  readonly reconciliation: CommandLane<ImportBankStatementCommand>;
}
