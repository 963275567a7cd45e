import type { EntityManager } from 'typeorm';
import { newUuid } from '../../../platform/id.ts';
import type { AssetScale } from '../../../platform/money.ts';
import {
  Account,
  type AccountRow,
  OutboxEvent,
  Transaction,
  TransactionEvent,
  type TransactionRow,
  Transfer,
} from './entities.ts';

export interface Payment {
  readonly organizationId: string;
  readonly sourceId: string;
  readonly destinationId: string;
  readonly asset: AssetScale;
  readonly amountMinor: bigint;
}

/**
 * Writes a payment that was decided: both balances, Transfer, Transaction, timeline and outbox. Both accounts are
 * locked. `update` and `insert` rather than `save`, which would read every row again first.
 */
export async function writePayment(
  manager: EntityManager,
  payment: Payment,
  source: AccountRow,
  destination: AccountRow,
  id: string,
): Promise<TransactionRow> {
  const now = new Date();
  const { organizationId, asset, amountMinor } = payment;
  const debited = {
    debitsPosted: source.debitsPosted + amountMinor,
    version: source.version + 1n,
  };
  const credited = {
    creditsPosted: destination.creditsPosted + amountMinor,
    version: destination.version + 1n,
  };
  await manager.getRepository(Account).update({ id: source.id }, debited);
  await manager.getRepository(Account).update({ id: destination.id }, credited);
  await manager.getRepository(Transfer).insert({
    id: newUuid(),
    organizationId,
    journalId: newUuid(),
    kind: 'SINGLE',
    debitAccountId: source.id,
    creditAccountId: destination.id,
    asset: asset.code,
    amount: amountMinor,
    transactionId: id,
    debitVersion: debited.version,
    debitPostedAfter: source.creditsPosted - debited.debitsPosted,
    debitDebitsPendingAfter: source.debitsPending,
    debitCreditsPendingAfter: 0n,
    creditVersion: credited.version,
    creditPostedAfter: credited.creditsPosted - destination.debitsPosted,
    creditDebitsPendingAfter: destination.debitsPending,
    creditCreditsPendingAfter: 0n,
    createdAt: now,
  });
  const transaction = transactionRow(payment, id, now);
  await manager.getRepository(Transaction).insert(transaction);
  await writeTimeline(manager, transaction, now);
  return transaction;
}

const STEPS = [
  { version: 1, kind: 'CREATED', type: 'TransactionCreated', status: 'PROCESSING', terminal: false },
  { version: 2, kind: 'COMPLETED', type: 'TransactionCompleted', status: 'COMPLETED', terminal: true },
];

async function writeTimeline(manager: EntityManager, row: TransactionRow, now: Date): Promise<void> {
  const events = STEPS.map(({ type, ...step }) => ({
    ...step,
    type,
    id: newUuid(),
    organizationId: row.organizationId,
    transactionId: row.id,
    amount: row.sourceAmount,
    occurredAt: now,
  }));
  await manager.getRepository(TransactionEvent).insert(events.map(({ type: _type, ...event }) => event));
  await manager.getRepository(OutboxEvent).insert(
    events.map(({ id, organizationId, type, version, kind, status, terminal }) => ({
      id,
      organizationId,
      type,
      aggregateId: row.id,
      version,
      subjects: [row.id, row.sourceAccountId, row.destinationAccountId],
      payload: {
        transactionId: row.id,
        event: {
          id,
          version,
          kind,
          status,
          terminal,
          amount: row.sourceAmount.toString(),
          asset: row.sourceAsset,
          occurredAt: now,
        },
      },
    })),
  );
}

function transactionRow(payment: Payment, id: string, now: Date) {
  const { organizationId, asset, amountMinor } = payment;
  return {
    id,
    organizationId,
    type: 'BOOK',
    status: 'COMPLETED',
    finality: 'FINAL',
    captureMethod: 'AUTOMATIC',
    version: 2,
    sourceRail: 'BOOK',
    sourceAccountId: payment.sourceId,
    sourceIsWallet: false,
    sourceAsset: asset.code,
    sourceAmount: amountMinor,
    destinationRail: 'BOOK',
    destinationAccountId: payment.destinationId,
    destinationIsWallet: false,
    destinationAsset: asset.code,
    destinationAmount: amountMinor,
    capturedAmount: amountMinor,
    createdAt: now,
    updatedAt: now,
    completedAt: now,
  };
}
