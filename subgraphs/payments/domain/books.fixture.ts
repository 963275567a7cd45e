import type { LedgerAccount } from '../../../ledger/account.ts';
import type { CatalogueAsset } from '../../../ledger/assets.ts';
import { createState } from '../../../ledger/state.ts';
import type { Transfer } from '../../../ledger/transfer.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { type Batch, createBatch } from './batch.ts';
import type { CreateCommand, PaymentsCommand } from './command.ts';
import { decide } from './decide.ts';
import { NO_ROUTE } from './refunds/refundCommand.ts';

/** What a database would keep from batch to batch, in memory, so that deciding can be tested by itself. */
export class Books {
  readonly organizationId = newUuid();
  readonly accounts = new Map<Uuid, LedgerAccount>();
  now = new Date('2026-01-01T00:00:00Z');
  batch: Batch;
  #transfers: readonly Transfer[] = [];
  #resolved: readonly Uuid[] = [];

  constructor(creditsPosted: readonly bigint[]) {
    for (const credits of creditsPosted) this.open(credits);
    this.batch = this.#begin(new Map());
  }

  open(creditsPosted: bigint, more: Partial<LedgerAccount> = {}): Uuid {
    const id = newUuid();
    this.accounts.set(id, {
      id,
      organizationId: this.organizationId,
      holderId: this.organizationId,
      kind: 'TREASURY',
      asset: 'USD',
      normalSide: 'CREDIT',
      debitsMustNotExceedCredits: true,
      place: '',
      backsWallet: false,
      name: null,
      restrictions: [],
      debitsPending: 0n,
      debitsPosted: 0n,
      creditsPending: 0n,
      creditsPosted,
      version: 0n,
      closedAt: null,
      createdAt: this.now,
      ...more,
    });
    return id;
  }

  /** Ends the batch and begins the next, as writing and locking again would. */
  commit(): void {
    const { ledger, transactions } = this.batch;
    for (const [id, account] of ledger.accounts) this.accounts.set(id, account);
    this.#transfers = [...ledger.transfers.values()];
    this.#resolved = [...ledger.resolved];
    this.batch = this.#begin(transactions);
  }

  decide(command: PaymentsCommand): ReturnType<typeof decide> {
    return decide(this.batch, command);
  }

  create(
    source: Uuid,
    destination: Uuid,
    amountMinor: bigint,
    more: Partial<CreateCommand> = {},
  ): CreateCommand {
    return {
      ...this.#base(),
      operation: 'createTransaction',
      transactionId: newUuid(),
      source: { id: 'source', accountId: source, isWallet: false },
      destination: { id: 'destination', accountId: destination, isWallet: false },
      amountMinor,
      asset: 'USD',
      holdSeconds: null,
      description: null,
      externalId: null,
      metadata: {},
      ...more,
    };
  }

  capture(transactionId: Uuid, amount: string | null = null): PaymentsCommand {
    return { ...this.#base(), operation: 'captureTransaction', transactionId, amount };
  }

  cancel(transactionId: Uuid): PaymentsCommand {
    return { ...this.#base(), operation: 'cancelTransaction', transactionId, reason: null };
  }

  expire(transactionId: Uuid): PaymentsCommand {
    return { ...this.#base(), operation: 'expireHold', transactionId };
  }

  refund(
    transactionId: Uuid,
    amount: string | null = null,
    externalId: string | null = null,
  ): PaymentsCommand {
    return {
      ...this.#base(),
      operation: 'refundTransaction',
      refundId: newUuid(),
      transactionId,
      amount,
      route: NO_ROUTE,
      returnPolicy: null,
      description: null,
      externalId,
      metadata: {},
    };
  }

  #begin(stored: Batch['stored']): Batch {
    return createBatch({
      assets: new Map<string, CatalogueAsset>([
        ['USD', { code: 'USD', scale: 2, name: 'US dollar', isFiat: true }],
      ]),
      newId: newUuid,
      stored: new Map(stored),
      externalIds: new Map(),
      ledger: createState({
        asked: EVERYTHING,
        accounts: [...this.accounts.values()],
        transfers: this.#transfers,
        resolvedIds: this.#resolved,
        now: this.now,
      }),
    });
  }

  #base() {
    return {
      organizationId: this.organizationId,
      idempotencyKey: null,
      fingerprint: '',
      journalId: newUuid(),
    };
  }
}

/** Memory has no locks: every id counts as asked for. */
const EVERYTHING: ReadonlySet<Uuid> = new (class extends Set<Uuid> {
  override has(): boolean {
    return true;
  }
})();
