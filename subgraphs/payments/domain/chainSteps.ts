import type { SystemAccount } from '../../../ledger/open.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { advance, type Batch, type StepDetails } from './batch.ts';
import { systemKey } from './chain.ts';
import type { OnchainLeg } from './onchainLeg.ts';
import type { Transaction } from './transaction.ts';
import type { TransactionEventKind } from './transitions.ts';

/** The system account that `lock` has made sure of. */
export function systemAccount(batch: Batch, wanted: SystemAccount): Uuid {
  return present(batch.chain.systemAccounts.get(systemKey(wanted)), systemKey(wanted));
}

/** Begins or changes what a Transaction's leg on a chain says. */
export function putLeg(batch: Batch, leg: OnchainLeg): void {
  batch.chain.legs.set(leg.transactionId, leg);
  batch.chain.changedLegs.add(leg.transactionId);
}

export function legOf(batch: Batch, transactionId: Uuid): OnchainLeg {
  return present(batch.chain.legs.get(transactionId), `the leg of ${transactionId} on a chain`);
}

/** `advance` for a step on a chain, which also says by what it came about and how far the way is told. */
export function tell(
  batch: Batch,
  before: Transaction,
  kind: TransactionEventKind,
  change: Partial<Transaction>,
  details: StepDetails,
): Transaction {
  const leg = legOf(batch, before.id);
  const { chainTransactionId = leg.chainTransactionId, transactionHash = leg.transactionHash } = details;
  const stage = kind === 'BROADCAST' || kind === 'INCLUDED' || kind === 'REORGED' ? kind : leg.stage;
  putLeg(batch, { ...leg, chainTransactionId, transactionHash, stage });
  return advance(batch, before, kind, change, { ...details, chainTransactionId, transactionHash });
}
