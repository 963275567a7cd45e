import { ensureSystemAccounts, type SystemAccount } from '../../../../ledger/open.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { assetOfRail, isBankRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { findRecipients, type KnownRecipient } from '../../../../rails/bank/recipients.ts';
import { CASH } from '../../../../rails/cash/cash.ts';
import { findCashRecipients } from '../../../../rails/cash/recipients.ts';
import { findInsideAddresses, findSendingWallets } from '../../../../rails/onchain/sends.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import type { Batch } from '../../domain/batch.ts';
import { insideKey, systemKey } from '../../domain/chain.ts';
import { isPayout, type PaymentsCommand } from '../../domain/command.ts';
import type { QuoteFacts } from '../../domain/quoteFacts.ts';
import type { RefundCommand, RetryRefundCommand } from '../../domain/refunds/refundCommand.ts';
import { NO_REFUNDS, type RefundBatch, type RefundFacts } from '../../domain/refunds/refundsInBatch.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { readOnchainLegs } from '../../store/onchainLegs.ts';
import { readQuotesById } from '../../store/quotes/readQuotesById.ts';
import {
  insertPolicies,
  readDefaults,
  readPolicies,
  readRecoveries,
  readSuspended,
  writeDefaults,
  writeRecoveries,
  writeSuspended,
} from '../../store/refunds/refundRows.ts';

type Refunding = RefundCommand | RetryRefundCommand;
type Stored = ReadonlyMap<Uuid, Transaction>;

export function isRefunding(command: PaymentsCommand): command is Refunding {
  return command.operation === 'refundTransaction' || command.operation === 'retryRefund';
}

/** What may end a refund, or takes its place: its original is locked with it. */
const MAY_END_REFUND: ReadonlySet<PaymentsCommand['operation']> = new Set([
  'settleOrder',
  'settleCashOrder',
  'settleSend',
  'cancelTransaction',
  'retryRefund',
  'dismissRefund',
  'approveTransaction',
  'rejectTransaction',
  'endWaiting',
  'decideReview',
] as const);

export function mayEndRefund({ operation }: PaymentsCommand): boolean {
  return MAY_END_REFUND.has(operation);
}

/** The Transaction whose credited Account pays for a refund over a rail; null for what stays in our own books. */
export function refundPayerId(command: Refunding, stored: Stored): Uuid | null {
  const named = stored.get(command.transactionId);
  if (named === undefined || named.organizationId !== command.organizationId) return null;
  if (command.operation === 'retryRefund') return named.sourceAccountId;
  return named.sourceRail === 'BOOK' ? null : named.destinationAccountId;
}

/** The Transaction whose money a refund, or a retry of one, sends back; null where there is none of that organization. */
export function refundedBy(
  { organizationId, transactionId }: Pick<Refunding, 'organizationId' | 'transactionId'>,
  stored: Stored,
): Transaction | null {
  const named = stored.get(transactionId);
  if (named === undefined || named.organizationId !== organizationId) return null;
  return (named.refundOf === null ? named : stored.get(named.refundOf)) ?? null;
}

/**
 * What deciding about refunds and returns needs beside the locked Transactions, before Accounts are locked. Asks nothing
 * where no command has to do with either.
 *
 * @param asked Quotes that commands accept: what stays in our books or goes to a chain declares nothing
 */
export async function readRefunds(
  tx: Tx,
  commands: readonly PaymentsCommand[],
  stored: Stored,
  asked: QuoteFacts['quotes'],
): Promise<RefundFacts> {
  const refunding = commands.filter(isRefunding);
  // A refund within our own books needs no more than its Quote.
  const overRail = refunding.filter((command) => refundPayerId(command, stored) !== null);
  const ended = [...stored.values()].filter(({ refundOf }) => refundOf !== null).map(({ id }) => id);
  const returnable = commands.flatMap((command) =>
    command.operation === 'settleOrder' || command.operation === 'retryRefund' ? [command.transactionId] : [],
  );
  const assigned = commands.flatMap((command) =>
    command.operation === 'assignReturn' ? [command.transactionId] : [],
  );
  const declaring = organizationsOf([
    ...commands.filter((command) => mayDeclare(command, asked)),
    ...overRail,
  ]);
  if (refunding.length + returnable.length + assigned.length + ended.length + declaring.length === 0) {
    return NO_REFUNDS;
  }
  const ids = overRail.map(({ transactionId }) => transactionId);
  const addresses = overRail.flatMap(({ route }) => route.toAddress ?? []);
  const retried = refunding.flatMap(({ operation, transactionId }) =>
    operation === 'retryRefund' ? [transactionId] : [],
  );
  const payerIds = overRail.flatMap((command) => refundPayerId(command, stored) ?? []);
  const quoteIds = [...stored.values()].flatMap(({ quoteId }) =>
    refunding.length > 0 ? (quoteId ?? []) : [],
  );
  const [recipients, cashRecipients, recoveries, policies, defaults, suspended, quotes, wallets, legs] =
    await Promise.all([
      findRecipients(tx, ids),
      findCashRecipients(tx, retried),
      readRecoveries(tx, ended),
      readPolicies(tx, [...new Set([...returnable, ...ended])]),
      readDefaults(tx, declaring),
      readSuspended(tx, assigned),
      readQuotesById(tx, quoteIds),
      payerIds.length === 0 ? new Map() : findSendingWallets(tx, payerIds),
      readOnchainLegs(tx, retried),
    ]);
  const known = [...addresses, ...[...legs.values()].map(({ address }) => address)];
  const wanted = systemAccountsOf(overRail, assigned, stored, recipients);
  const [accountIds, inside] = await Promise.all([
    ensureSystemAccounts(tx, wanted),
    known.length === 0 ? [] : findInsideAddresses(tx, [...new Set(known)]),
  ]);
  const systemAccounts = new Map(
    wanted.map((account, index) => [systemKey(account), present(accountIds[index], 'a system account')]),
  );
  const facts = {
    recipients,
    cashRecipients,
    recoveries,
    policies,
    defaults,
    suspended,
    quotes,
    wallets,
    legs,
  };
  return {
    ...facts,
    inside: new Map(inside.map((one) => [insideKey(one.network, one.address), one])),
    systemAccounts,
  };
}

function organizationsOf(commands: readonly PaymentsCommand[]): readonly Uuid[] {
  return [...new Set(commands.map(({ organizationId }) => organizationId))];
}

/** What begins a Transaction whose rail may send money back: the default of its organization holds for it. */
function mayDeclare(command: PaymentsCommand, quotes: QuoteFacts['quotes']): boolean {
  if (command.operation !== 'acceptQuote') return isPayout(command);
  return (quotes.get(command.quoteId)?.payout ?? null) !== null;
}

/** Each once: CLEARING at the rails that refunds may go by, and SUSPENSE for what is assigned out of it. */
function systemAccountsOf(
  refunding: readonly Refunding[],
  assigned: readonly Uuid[],
  stored: Stored,
  recipients: ReadonlyMap<Uuid, KnownRecipient>,
): readonly SystemAccount[] {
  const wanted = new Map<string, SystemAccount>();
  const want = (account: SystemAccount) => wanted.set(systemKey(account), account);
  const clearing = (organizationId: Uuid, place: BankRailName) =>
    want({ organizationId, kind: 'CLEARING', asset: assetOfRail(place), place });
  for (const { organizationId, transactionId, route } of refunding) {
    const original = refundedBy({ organizationId, transactionId }, stored);
    const rails = [route.toBank?.rail, recipients.get(transactionId)?.rail];
    // Only for what a bank may have to do with, so that a mistaken client makes no account.
    if (original === null || (original.sourceRail !== CASH && !isBankRail(original.sourceRail))) continue;
    for (const rail of rails) if (rail !== undefined) clearing(organizationId, rail);
  }
  for (const id of assigned) {
    const named = stored.get(id);
    if (named) want({ organizationId: named.organizationId, kind: 'SUSPENSE', asset: named.sourceAsset });
  }
  return [...wanted.values()];
}

/** Accounts that deciding about refunds and returns needs; those of locked Transactions not among them. */
export function refundAccountIds(
  commands: readonly PaymentsCommand[],
  { systemAccounts, policies, defaults, quotes }: RefundFacts,
): readonly Uuid[] {
  const declared = commands.flatMap((command) =>
    'returnPolicy' in command ? (command.returnPolicy?.accountId ?? []) : [],
  );
  const named = [...policies.values(), ...defaults.values()].flatMap(({ accountId }) => accountId ?? []);
  const conversions = [...quotes.values()].flatMap(({ sourceConversionId, destinationConversionId }) => [
    ...(sourceConversionId === null ? [] : [sourceConversionId]),
    ...(destinationConversionId === null ? [] : [destinationConversionId]),
  ]);
  const assigned = commands.flatMap((command) =>
    command.operation === 'assignReturn' ? [command.account.accountId] : [],
  );
  return [...systemAccounts.values(), ...declared, ...named, ...conversions, ...assigned];
}

/** Writes the part of a batch that is about refunds and returns, after its Transactions. Retry only with the whole tx. */
export async function writeRefunds(tx: Tx, { refunds, now, transactions }: Batch): Promise<void> {
  await Promise.all([
    insertPolicies(tx, declaredIn(refunds, transactions)),
    writeRecoveries(tx, changedIn(refunds.changedRecoveries, refunds.recoveries), now),
    writeDefaults(tx, [...refunds.newDefaults], now),
    writeSuspended(tx, changedIn(refunds.changedSuspended, refunds.suspended), now),
  ]);
}

function declaredIn({ declared, policies }: RefundBatch, transactions: Stored) {
  return [...declared].map((transactionId) => ({
    ...present(policies.get(transactionId), `the policy of ${transactionId}`),
    transactionId,
    organizationId: present(transactions.get(transactionId), `transaction ${transactionId}`).organizationId,
  }));
}

function changedIn<Row>(ids: ReadonlySet<Uuid>, rows: ReadonlyMap<Uuid, Row>): readonly Row[] {
  return [...ids].map((id) => present(rows.get(id), `row ${id}`));
}
