import { createHash } from 'node:crypto';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { newUuid, parseId } from '../../../platform/id.ts';
import { type AssetScale, formatAmount, parseAmount } from '../../../platform/money.ts';
import { violatedConstraint } from '../../../platform/postgres.ts';
import { Account, type AccountRow, Idempotency, Transaction, type TransactionRow } from './entities.ts';
import { type Payment, writePayment } from './writePayment.ts';

export interface Input {
  readonly idempotencyKey: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly amount: string;
  readonly asset: string;
}

export type Failure = Readonly<Record<string, unknown>> & { readonly __typename: string };
export type Result = TransactionRow | Failure;

const OPERATION = 'createTransaction';

/** Idempotent: a second request with the same key, also one at the same time, gets the first one's Transaction. */
export async function createTransaction(
  dataSource: DataSource,
  assets: ReadonlyMap<string, AssetScale>,
  organizationId: string,
  input: Input,
): Promise<Result> {
  const sourceId = parseId('acc', input.sourceId);
  const destinationId = parseId('acc', input.destinationId);
  if (sourceId === null) return failure('NotFound', 'NOT_FOUND', { id: input.sourceId });
  if (destinationId === null || destinationId === sourceId)
    return failure('NotFound', 'NOT_FOUND', { id: input.destinationId });
  const asset = assets.get(input.asset);
  const parsed = asset && parseAmount(input.amount, asset);
  if (!asset || !parsed || 'fault' in parsed)
    return failure('InvalidInput', 'INVALID_INPUT', { field: 'amount', expected: 'an amount' });
  const payment = { organizationId, sourceId, destinationId, asset, amountMinor: parsed.amountMinor };
  const fingerprint = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const attempt = () =>
    dataSource.transaction((manager) => run(manager, payment, input.idempotencyKey, fingerprint));
  try {
    return await attempt();
  } catch (error) {
    // Another request with this key committed between our look and our insert: its result is there now.
    if (violatedConstraint(error)?.endsWith('idempotency_pkey')) return await attempt();
    throw error;
  }
}

async function run(
  manager: EntityManager,
  payment: Payment,
  key: string,
  fingerprint: string,
): Promise<Result> {
  const { organizationId } = payment;
  const scope = { organizationId, operation: OPERATION, key };
  const stored = await manager.getRepository(Idempotency).findOneBy(scope);
  if (stored && stored.fingerprint !== fingerprint)
    return failure('IdempotencyKeyReused', 'IDEMPOTENCY_KEY_REUSED', { idempotencyKey: key });
  if (stored)
    return await manager.getRepository(Transaction).findOneByOrFail({ id: stored.result.transactionId });

  // One statement locks both rows in the order of their ids, so that crossing payments wait and never deadlock.
  const accounts = await manager.getRepository(Account).find({
    where: { id: In([payment.sourceId, payment.destinationId]), organizationId },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  const source = accounts.find((account) => account.id === payment.sourceId);
  const destination = accounts.find((account) => account.id === payment.destinationId);
  if (!source) return failure('NotFound', 'NOT_FOUND', { id: payment.sourceId });
  if (!destination) return failure('NotFound', 'NOT_FOUND', { id: payment.destinationId });
  const refusal = refuse(payment, source, destination);
  if (refusal) return refusal;

  const transaction = await writePayment(manager, payment, source, destination, newUuid());
  await manager
    .getRepository(Idempotency)
    .insert({ ...scope, fingerprint, result: { transactionId: transaction.id } });
  return transaction;
}

function refuse(payment: Payment, source: AccountRow, destination: AccountRow): Failure | null {
  const { asset, amountMinor } = payment;
  for (const account of [source, destination]) {
    if (account.closedAt !== null)
      return failure('AccountClosed', 'ACCOUNT_CLOSED', { accountId: account.id });
    if (account.asset !== asset.code)
      return failure('AssetMismatch', 'ASSET_MISMATCH', { actual: account.asset, expected: asset.code });
  }
  const available = source.creditsPosted - source.debitsPosted - source.debitsPending;
  if (available >= amountMinor) return null;
  return failure('InsufficientFunds', 'INSUFFICIENT_FUNDS', {
    accountId: source.id,
    available: { amount: formatAmount(available, asset), asset },
    required: { amount: formatAmount(amountMinor, asset), asset },
  });
}

function failure(typename: string, code: string, values: Readonly<Record<string, unknown>>): Failure {
  return { __typename: typename, code, message: `refused: ${code}`, retryable: false, ...values };
}
