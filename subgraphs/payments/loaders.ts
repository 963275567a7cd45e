import DataLoader from 'dataloader';
import type { LedgerAccount } from '../../ledger/account.ts';
import { findAccounts } from '../../ledger/reads.ts';
import { type Connection, type PageArgs, readUuidPage, toConnection } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import type { Database } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { MicroDepositRow } from '../../rails/bank/microDeposits/microDeposit.ts';
import { findMicroDeposits } from '../../rails/bank/microDeposits/readMicroDeposits.ts';
import type { BankLeg } from '../../rails/bank/reads.ts';
import type { Quote } from './domain/quote.ts';
import type { Transaction } from './domain/transaction.ts';
import type { TransactionEvent } from './domain/transactionEvent.ts';
import { type CashLoaders, createCashLoaders } from './loaders/cash.ts';
import type { FindTransactions } from './store/batchTransactions.ts';
import { findByExternalIds } from './store/findTransactions.ts';
import { findAllBankLegs } from './store/gates/findWaitingLegs.ts';
import { listRefunds } from './store/listRefunds.ts';
import { listTimelines } from './store/listTimelines.ts';
import { type ListedKind, listTransactionsOf } from './store/listTransactionsOf.ts';
import { findOnchainLegs, type ShownLeg } from './store/onchainLegs.ts';
import { findQuotes } from './store/quotes/findQuotes.ts';
import { listQuotesOf } from './store/quotes/listQuotes.ts';
import { findRefundRows, type RefundRows } from './store/refunds/findRefundRows.ts';
import { createWebhookLoaders, type WebhookLoaders } from './store/webhookLoaders.ts';

/** Ids that one statement asks for; a longer list becomes several statements. */
const LOAD_SIZE_MAX = 1_000;
/** Parents of one statement: with pages of 100 it reads some 10,000 rows at most. */
const PARENTS_MAX = 100;

type UuidPage = ReturnType<typeof readUuidPage>;

interface PartyPage {
  readonly kind: ListedKind;
  readonly partyId: Uuid;
  readonly page: UuidPage;
}

/** Batched reads of one request, as its Viewer may see them: a client token sees what its own Customer is part of. */
export interface Loaders {
  /** Null for a Transaction that is not there for this Viewer. */
  findTransaction(id: Uuid): Promise<Transaction | null>;
  findByExternalId(externalId: string): Promise<Transaction | null>;
  /** Null for a Transaction without a side on a chain. */
  findOnchainLeg(transactionId: Uuid): Promise<ShownLeg | null>;
  /** Null for a Quote that is not there for this Viewer. */
  findQuote(id: Uuid): Promise<Quote | null>;
  /** Empty for a Customer that is not there. @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listQuotesOf(customerId: Uuid | null, args: PageArgs): Promise<Connection<Quote>>;
  /** Null for a Transaction without a side at a bank. The Transaction is one that the Viewer may see. */
  findBankLeg(transactionId: Uuid): Promise<BankLeg | null>;
  /** What is kept of refunds and returns. The Transaction is one that the Viewer may see, and no client token asks. */
  findRefundRows(transactionId: Uuid): Promise<RefundRows>;
  /** Null where none were sent to this ExternalAccount. */
  findMicroDeposits(externalAccountId: Uuid): Promise<MicroDepositRow | null>;
  listTimeline(id: Uuid): Promise<readonly TransactionEvent[]>;
  listRefunds(id: Uuid): Promise<readonly Transaction[]>;
  /** Empty for a party that is not there. @throws {ApiError} BAD_USER_INPUT for bad page arguments. */
  listTransactionsOf(
    kind: ListedKind,
    partyId: Uuid | null,
    args: PageArgs,
  ): Promise<Connection<Transaction>>;
  readonly webhooks: WebhookLoaders;
  readonly cash: CashLoaders;
  /** The ledger's Account; for a client token, its own Customer's only. */
  findAccount(id: Uuid): Promise<LedgerAccount | null>;
  /** Forgets what was read, because a mutation has changed it, and remembers what it answered, if known. */
  renew(changed: Transaction | null): void;
}

/** New for each request: a Loader remembers what it read. */
export function createLoaders(reads: Database, findTransactions: FindTransactions, viewer: Viewer): Loaders {
  const sized = { maxBatchSize: LOAD_SIZE_MAX };
  const transactions = new DataLoader((ids: readonly Uuid[]) => findTransactions(viewer, ids), sized);
  const byExternalId = new DataLoader(
    (externalIds: readonly string[]) => findByExternalIds(reads, viewer, externalIds),
    sized,
  );
  const legs = new DataLoader((ids: readonly Uuid[]) => findOnchainLegs(reads, viewer, ids), sized);
  const quotes = new DataLoader((ids: readonly Uuid[]) => findQuotes(reads, viewer, ids), sized);
  const quotePages = createQuotePages(reads, viewer);
  const own = <Row>(find: FindOwn<Row>) =>
    new DataLoader((ids: readonly Uuid[]) => find(reads, viewer.organizationId, ids), sized);
  const [bankLegs, refundRows, accounts] = [own(findAllBankLegs), own(findRefundRows), own(findAccounts)];
  // Not remembered: a mutation of the same request may have sent them.
  const microDeposits = new DataLoader(
    (ids: readonly Uuid[]) => findMicroDeposits(reads, viewer.organizationId, ids),
    { ...sized, cache: false },
  );
  const timelines = new DataLoader((ids: readonly Uuid[]) => listTimelines(reads, viewer, ids), {
    maxBatchSize: PARENTS_MAX,
  });
  const refunds = new DataLoader((ids: readonly Uuid[]) => listRefunds(reads, viewer, ids), {
    maxBatchSize: PARENTS_MAX,
  });
  const pages = new DataLoader<PartyPage, Connection<Transaction>, string>(
    (keys) => loadPages(reads, viewer, keys),
    {
      maxBatchSize: PARENTS_MAX,
      cacheKeyFn: ({ kind, partyId, page }) => `${partyId} ${pageKey(kind, page)}`,
    },
  );
  const cash = createCashLoaders(reads, viewer);
  return {
    webhooks: createWebhookLoaders(reads, viewer),
    cash,
    findTransaction: (id) => transactions.load(id),
    findByExternalId: (externalId) => byExternalId.load(externalId),
    findOnchainLeg: (id) => legs.load(id),
    findQuote: (id) => quotes.load(id),
    async listQuotesOf(customerId, args) {
      const page = readUuidPage(args);
      if (customerId === null) return toConnection<Quote>([], page, ({ id }) => id);
      return quotePages.load({ customerId, page });
    },
    findBankLeg: (id) => bankLegs.load(id),
    findRefundRows: (id) => refundRows.load(id),
    findMicroDeposits: (id) => microDeposits.load(id),
    listTimeline: (id) => timelines.load(id),
    listRefunds: (id) => refunds.load(id),
    async listTransactionsOf(kind, partyId, args) {
      const page = readUuidPage(args);
      return partyId === null ? connect([], page) : pages.load({ kind, partyId, page });
    },
    async findAccount(id) {
      const account = await accounts.load(id);
      const isHidden = viewer.customerId !== undefined && account?.holderId !== viewer.customerId;
      return isHidden ? null : account;
    },
    renew(changed) {
      for (const loader of [transactions, legs, bankLegs, timelines, refunds, refundRows, accounts, quotes])
        loader.clearAll();
      quotePages.clearAll();
      cash.renew();
      byExternalId.clearAll();
      pages.clearAll();
      if (changed) transactions.prime(changed.id, changed);
    },
  };
}

/** Reads what an organization has, by ids, in their order. */
type FindOwn<Row> = (
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
) => Promise<readonly (Row | Error)[]>;

interface QuotePage {
  readonly customerId: Uuid;
  readonly page: UuidPage;
}

/** One statement for each page that is asked for, as `loadPages`. */
function createQuotePages(reads: Database, viewer: Viewer) {
  return new DataLoader<QuotePage, Connection<Quote>, string>(
    async (keys) => {
      const connections = new Map<QuotePage, Connection<Quote>>();
      const groups = new Map<string, QuotePage[]>();
      for (const key of keys) {
        const name = pageKey('customer', key.page);
        groups.set(name, [...(groups.get(name) ?? []), key]);
      }
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const { page } = present(group[0], 'the first of a group');
          const customerIds = group.map(({ customerId }) => customerId);
          const lists = await listQuotesOf(reads, viewer, customerIds, page);
          for (const [index, key] of group.entries()) {
            connections.set(
              key,
              toConnection(present(lists[index], 'a list'), page, ({ id }) => id),
            );
          }
        }),
      );
      return keys.map((key) => present(connections.get(key), 'a page of quotes'));
    },
    {
      maxBatchSize: PARENTS_MAX,
      cacheKeyFn: ({ customerId, page }) => `${customerId} ${pageKey('customer', page)}`,
    },
  );
}

/** One statement for each page that is asked for: the parents of one field all ask for the same one. */
async function loadPages(
  reads: Database,
  viewer: Viewer,
  keys: readonly PartyPage[],
): Promise<readonly Connection<Transaction>[]> {
  const groups = new Map<string, PartyPage[]>();
  for (const key of keys) {
    const group = groups.get(pageKey(key.kind, key.page));
    if (group) group.push(key);
    else groups.set(pageKey(key.kind, key.page), [key]);
  }
  const connections = new Map<PartyPage, Connection<Transaction>>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { kind, page } = present(group[0], 'the first of a group');
      const partyIds = group.map(({ partyId }) => partyId);
      const lists = await listTransactionsOf(reads, viewer, kind, partyIds, page);
      for (const [index, key] of group.entries()) {
        connections.set(key, connect(present(lists[index], 'a list'), page));
      }
    }),
  );
  return keys.map((key) => present(connections.get(key), 'a page of transactions'));
}

function connect(rows: readonly Transaction[], page: UuidPage): Connection<Transaction> {
  return toConnection(rows, page, ({ id }) => id);
}

function pageKey(kind: ListedKind, page: UuidPage): string {
  return `${kind} ${page.forward ? 'first' : 'last'} ${page.limit} ${page.from ?? ''}`;
}
