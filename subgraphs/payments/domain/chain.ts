import type { SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { InsideAddress, NewSend, SendAsk, SendingWallet } from '../../../rails/onchain/sends.ts';
import type {
  ChainRows,
  DepositRow,
  FeeRow,
  SendRow,
  SettledDeposit,
  SettledSend,
} from '../../../rails/onchain/settlements.ts';
import type { OnchainLeg } from './onchainLeg.ts';

/** What a batch knows of chains before it decides. */
export interface ChainFacts extends ChainRows {
  readonly wallets: ReadonlyMap<Uuid, SendingWallet>;
  readonly inside: readonly InsideAddress[];
  /** By `systemKey`. */
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  /** Of Transactions that are locked to be settled. */
  readonly legs: ReadonlyMap<Uuid, OnchainLeg>;
}

/** The same with the changes of this batch on top, and what is to be written. */
export interface ChainBatch {
  readonly wallets: ReadonlyMap<Uuid, SendingWallet>;
  readonly inside: ReadonlyMap<string, InsideAddress>;
  readonly systemAccounts: ReadonlyMap<string, Uuid>;
  readonly fees: Map<Uuid, FeeRow>;
  readonly sends: Map<Uuid, SendRow>;
  readonly deposits: Map<Uuid, DepositRow>;
  readonly legs: Map<Uuid, OnchainLeg>;
  readonly changedLegs: Set<Uuid>;
  readonly newSends: NewSend[];
  readonly asks: SendAsk[];
  readonly settledDeposits: SettledDeposit[];
  readonly settledSends: SettledSend[];
  readonly settledFees: Uuid[];
}

export function chainBatch(facts?: ChainFacts): ChainBatch {
  return {
    wallets: facts?.wallets ?? new Map(),
    inside: new Map(facts?.inside.map((one) => [insideKey(one.network, one.address), one])),
    systemAccounts: facts?.systemAccounts ?? new Map(),
    fees: new Map(facts?.fees),
    sends: new Map(facts?.sends),
    deposits: new Map(facts?.deposits),
    legs: new Map(facts?.legs),
    changedLegs: new Set(),
    newSends: [],
    asks: [],
    settledDeposits: [],
    settledSends: [],
    settledFees: [],
  };
}

export function insideKey(network: string, address: string): string {
  return `${network} ${address}`;
}

export function systemKey({ organizationId, kind, asset, place = '' }: SystemAccount): string {
  return `${organizationId} ${kind} ${asset} ${place}`;
}
