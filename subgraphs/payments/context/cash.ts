import type { SimulatorEndpoint } from '../../../rails/bank/simulator/client.ts';
import type { CashConnection } from '../commands/cash/readPickup.ts';

/** What resolvers of cash work with. */
export interface CashContext {
  /** Null where no network of counters is connected. */
  readonly connection: CashConnection | null;
  /** Null but in the sandbox, where simulated counters can be told what to do. */
  readonly simulator: SimulatorEndpoint | null;
}
