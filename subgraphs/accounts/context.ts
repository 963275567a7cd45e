import type { AssetCatalogue } from '../../ledger/assets.ts';
import type { CachedRows } from '../../platform/cachedRows.ts';
import type { CommandLane } from '../../platform/commandLane.ts';
import type { BaseContext } from '../../platform/graphql.ts';
import type { Database } from '../../platform/postgres.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { InstantVerifier } from '../../rails/bank/externalAccounts/instantVerifier.ts';
import type { MicroAmounts } from '../../rails/bank/externalAccounts/microDeposits.ts';
import type { VirtualAccountIssuer } from '../../rails/bank/virtualAccounts/issuer.ts';
import type { Screener } from '../../rails/screening/screenOrHold.ts';
import type { CustomerVault } from './adapters/customerVault.ts';
import type { AccountsCommand } from './commands/command.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import type { CustomerRow } from './store/rows.ts';

/** What lives as long as the process and every request needs. */
export interface Services {
  /** As role omsx_accounts, under row level security. */
  readonly reader: Database;
  readonly customers: CachedRows<CustomerRow>;
  readonly lane: CommandLane<AccountsCommand>;
  readonly assets: AssetCatalogue;
  readonly keyPepper: string;
  /** As role omsx_accounts_writer: for what a command prepares before the lane. */
  readonly writer: Database;
  readonly vault: CustomerVault;
  /** Who says whom Customers resemble. */
  readonly screener: Screener;
  /** Keeps the keys of all else that is sealed at rest. */
  readonly keyVault: KeyVault;
  /** Under which places outside are recognised. */
  readonly placeKey: Buffer;
  /** The amounts that verify the account of this number. */
  readonly microAmounts: (accountNumber: string) => MicroAmounts;
  /** Null where nobody can be asked at once. */
  readonly instantVerifier: InstantVerifier | null;
  /** Null where nobody gives out bank details. */
  readonly virtualAccountIssuer: VirtualAccountIssuer | null;
}

/** Per fetch. */
export interface Context extends BaseContext {
  readonly services: Services;
  /** Replaced after each command, so that a mutation never answers from before its own effect. */
  loaders: Loaders;
}

export function createContext(services: Services, viewer: Viewer, requestId: string): Context {
  return {
    viewer,
    requestId,
    idempotentReplay: false,
    services,
    loaders: createLoaders(services.reader, services.customers, viewer),
  };
}
