import type { Connection } from '../../platform/connection.ts';
import { formatId, type Uuid } from '../../platform/id.ts';
import type { MoneyView } from '../../platform/scalars.ts';
import type { DepositAddressRow } from '../../rails/onchain/depositAddresses/depositAddress.ts';
import type { AttemptRow } from '../../rails/onchain/reads/attempts.ts';
import type { ChainTransactionRow } from '../../rails/onchain/reads/chainTransaction.ts';
import type { DifferenceRow } from '../../rails/onchain/reads/checks.ts';
import type { ConnectedAsset } from '../../rails/onchain/reads/networks.ts';
import type { WalletRow } from './store/rows.ts';

export type DepositAddressConnectionView = Connection<DepositAddressRow>;
export type WalletConnectionView = Connection<WalletRow>;
export type ChainTransactionConnectionView = Connection<ChainTransactionRow>;
export type ChainDifferenceConnectionView = Connection<DifferenceRow>;
export type NetworkContractView = ConnectedAsset;

/** An attempt and the ChainTransaction that it is one of. */
export interface AttemptView extends AttemptRow {
  readonly of: ChainTransactionRow;
}

export interface OnchainBalanceView {
  readonly amount: MoneyView;
  readonly blockNumber: bigint;
  readonly asOf: Date;
}

export interface SendEstimateView {
  readonly __typename: 'SendEstimate';
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly fee: MoneyView;
  readonly feeMax: MoneyView;
  readonly isSponsored: boolean;
  readonly expectedSeconds: number | null;
}

/** An Account or Customer as we know it: by its id. What else there is to it, the accounts subgraph says. */
export interface ReferenceView {
  readonly id: string;
  readonly uuid: Uuid;
}

export interface SandboxFundingView {
  readonly __typename: 'SandboxFunding';
  readonly account: ReferenceView;
  readonly amount: MoneyView;
}

export function accountView(uuid: Uuid): ReferenceView {
  return { id: formatId('acc', uuid), uuid };
}

export function customerView(uuid: Uuid): ReferenceView {
  return { id: formatId('cus', uuid), uuid };
}
