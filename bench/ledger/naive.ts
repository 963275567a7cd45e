import { EntitySchema } from 'typeorm';
import type { LedgerAccount } from '../../ledger/account.ts';
import { postedOf } from '../../ledger/balance.ts';
import type { Transfer } from '../../ledger/transfer.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Database } from '../../platform/postgres.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const numeric = { type: 'numeric', precision: 38, scale: 0 } as const;

const AccountSchema = new EntitySchema<LedgerAccount>({
  name: 'NaiveAccount',
  schema: 'ledger',
  tableName: 'account',
  columns: {
    id: { type: 'uuid', primary: true },
    organizationId: { type: 'uuid', name: 'organization_id' },
    holderId: { type: 'uuid', name: 'holder_id' },
    kind: { type: 'text' },
    asset: { type: 'text' },
    normalSide: { type: 'text', name: 'normal_side' },
    debitsMustNotExceedCredits: { type: 'boolean', name: 'debits_must_not_exceed_credits' },
    backsWallet: { type: 'boolean', name: 'backs_wallet' },
    name: { type: 'text', nullable: true },
    debitsPending: { ...numeric, name: 'debits_pending' },
    debitsPosted: { ...numeric, name: 'debits_posted' },
    creditsPending: { ...numeric, name: 'credits_pending' },
    creditsPosted: { ...numeric, name: 'credits_posted' },
    version: { type: 'bigint' },
    closedAt: { type: 'timestamptz', name: 'closed_at', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

const TransferSchema = new EntitySchema<Transfer>({
  name: 'NaiveTransfer',
  schema: 'ledger',
  tableName: 'transfer',
  columns: {
    id: { type: 'uuid', primary: true },
    organizationId: { type: 'uuid', name: 'organization_id' },
    journalId: { type: 'uuid', name: 'journal_id' },
    kind: { type: 'text' },
    debitAccountId: { type: 'uuid', name: 'debit_account_id' },
    creditAccountId: { type: 'uuid', name: 'credit_account_id' },
    asset: { type: 'text' },
    amount: numeric,
    pendingId: { type: 'uuid', name: 'pending_id', nullable: true },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    transactionId: { type: 'uuid', name: 'transaction_id', nullable: true },
    description: { type: 'text', nullable: true },
    debitVersion: { type: 'bigint', name: 'debit_version' },
    debitPostedAfter: { ...numeric, name: 'debit_posted_after' },
    debitDebitsPendingAfter: { ...numeric, name: 'debit_debits_pending_after' },
    debitCreditsPendingAfter: { ...numeric, name: 'debit_credits_pending_after' },
    creditVersion: { type: 'bigint', name: 'credit_version' },
    creditPostedAfter: { ...numeric, name: 'credit_posted_after' },
    creditDebitsPendingAfter: { ...numeric, name: 'credit_debits_pending_after' },
    creditCreditsPendingAfter: { ...numeric, name: 'credit_credits_pending_after' },
    createdAt: { type: 'timestamptz', name: 'created_at' },
  },
});

export const NAIVE_ENTITIES = [AccountSchema, TransferSchema];

/**
 * One Transfer as most services would write it: a TypeORM transaction that loads both accounts FOR UPDATE (in
 * one order, so that it does not deadlock), changes them and inserts the row. Same tables, same meaning.
 */
export async function postNaively(
  database: Database,
  organizationId: Uuid,
  debitAccountId: Uuid,
  creditAccountId: Uuid,
  amount: bigint,
): Promise<void> {
  await database.dataSource.transaction(async (manager) => {
    const loaded = new Map<Uuid, Mutable<LedgerAccount>>();
    for (const id of [debitAccountId, creditAccountId].sort()) {
      const account = await manager.findOneOrFail(AccountSchema, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      loaded.set(id, account);
    }
    const debit = loaded.get(debitAccountId);
    const credit = loaded.get(creditAccountId);
    invariant(debit !== undefined && credit !== undefined, 'account is missing');
    invariant(debit.creditsPosted - debit.debitsPosted - debit.debitsPending >= amount, 'no funds');
    debit.debitsPosted += amount;
    debit.version += 1n;
    credit.creditsPosted += amount;
    credit.version += 1n;
    await manager.update(AccountSchema, { id: debit.id }, changesOf(debit));
    await manager.update(AccountSchema, { id: credit.id }, changesOf(credit));
    await manager.insert(TransferSchema, toRow(organizationId, debit, credit, amount));
  });
}

function changesOf(account: LedgerAccount): Partial<LedgerAccount> {
  const { debitsPosted, creditsPosted, version } = account;
  return { debitsPosted, creditsPosted, version };
}

function toRow(organizationId: Uuid, debit: LedgerAccount, credit: LedgerAccount, amount: bigint): Transfer {
  return {
    id: newUuid(),
    organizationId,
    journalId: newUuid(),
    kind: 'SINGLE',
    debitAccountId: debit.id,
    creditAccountId: credit.id,
    asset: debit.asset,
    amount,
    pendingId: null,
    expiresAt: null,
    transactionId: null,
    description: null,
    debitVersion: debit.version,
    debitPostedAfter: postedOf(debit, debit.normalSide),
    debitDebitsPendingAfter: debit.debitsPending,
    debitCreditsPendingAfter: debit.creditsPending,
    creditVersion: credit.version,
    creditPostedAfter: postedOf(credit, credit.normalSide),
    creditDebitsPendingAfter: credit.debitsPending,
    creditCreditsPendingAfter: credit.creditsPending,
    createdAt: new Date(),
  };
}
