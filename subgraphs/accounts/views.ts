import type { LedgerAccount } from '../../ledger/account.ts';
import type { Balance } from '../../ledger/balance.ts';
import type { Entry } from '../../ledger/entries.ts';
import type { Connection } from '../../platform/connection.ts';
import type { AssetScale } from '../../platform/money.ts';
import type { MoneyView } from '../../platform/scalars.ts';
import type { ExternalAccountRow } from '../../rails/bank/externalAccounts/externalAccount.ts';
import type { VirtualAccountRow } from '../../rails/bank/virtualAccounts/virtualAccount.ts';
import type { EndorsementKind } from './domain/endorsementKind.ts';
import type { PersonalData } from './domain/personalData.ts';
import type { ApiKeyRow, CustomerRow, EndorsementRow } from './store/rows.ts';

/** What GraphQL types resolve from where no row fits. */
export interface BalanceView {
  readonly posted: MoneyView;
  readonly pending: MoneyView;
  readonly available: MoneyView;
  readonly version: number;
}

export interface EntryView extends Entry {
  readonly scale: AssetScale;
}

/** A kind of Endorsement and how it stands with a Customer. */
export interface EndorsementView {
  readonly kind: EndorsementKind;
  readonly customer: CustomerRow;
  /** Null when it was not requested. */
  readonly row: EndorsementRow | null;
}

/** What of a Customer's data the Viewer sees. */
export type CustomerDetailsView = Partial<PersonalData>;

export type CustomerPage = Connection<CustomerRow>;
export type AccountPage = Connection<LedgerAccount>;
export type ApiKeyPage = Connection<ApiKeyRow>;
export type ExternalAccountPage = Connection<ExternalAccountRow>;
export type VirtualAccountPage = Connection<VirtualAccountRow>;
export type EntryPage = Connection<EntryView>;

export function balanceView(balance: Balance, asset: AssetScale): BalanceView {
  return {
    posted: { amountMinor: balance.posted, asset },
    pending: { amountMinor: balance.pending, asset },
    available: { amountMinor: balance.available, asset },
    version: Number(balance.version),
  };
}
