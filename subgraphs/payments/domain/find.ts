import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { parseAmount } from '../../../platform/money.ts';
import type { Batch } from './batch.ts';
import { invalid, missing } from './results.ts';
import type { Transaction } from './transaction.ts';

/** The Transaction as this batch sees it; null also for another organization's. */
export function findOwn(batch: Batch, organizationId: Uuid, transactionId: Uuid): Transaction | null {
  const transaction = batch.transactions.get(transactionId);
  return transaction?.organizationId === organizationId ? transaction : null;
}

/** The answer when `findOwn` found nothing. */
export function missingTransaction(transactionId: Uuid): StoredResult {
  return missing(formatId('txn', transactionId));
}

/** A decimal in the Asset of a Transaction, in minor units, or the failure that says what is wrong with it. */
export function readAmount(batch: Batch, asset: string, text: string): bigint | StoredResult {
  const parsed = parseAmount(text, present(batch.assets.get(asset), `asset ${asset}`));
  return 'fault' in parsed ? invalid('amount', text, parsed.expected) : parsed.amountMinor;
}
