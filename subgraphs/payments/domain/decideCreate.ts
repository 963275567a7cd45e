import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { holdIdOf, type Movement } from '../../../rails/port.ts';
import { hold as holdFor } from '../../../rails/singleTransfer.ts';
import { advance, type Batch, open } from './batch.ts';
import type { CreateCommand } from './command.ts';
import { openWaiting, type Waiting, waitingFor } from './gates/holdBack.ts';
import { exceededLimit, takeRoom } from './limits/limitsInBatch.ts';
import type { Party } from './party.ts';
import { mismatched, missing, refused, restricted, succeeded, takenExternalId } from './results.ts';
import { customerOf } from './transaction.ts';

/**
 * Moves money at once, or holds it until it is captured. A refused command leaves nothing behind but its result.
 */
export function decideCreate(batch: Batch, command: CreateCommand): StoredResult {
  const source = findParty(batch, command.organizationId, command.source);
  if (!source) return missing(command.source.id);
  const destination = findParty(batch, command.organizationId, command.destination);
  if (!destination) return missing(command.destination.id);
  const taken = takenExternalId(batch, command.organizationId, command.externalId);
  if (taken) return taken;
  for (const { asset } of [source, destination]) {
    if (asset !== command.asset) return mismatched(asset, command.asset);
  }
  const gate = restricted(source, 'DEBIT') ?? restricted(destination, 'CREDIT');
  if (gate) return gate;

  const exceeded = exceededLimit(batch.limits, source, command.amountMinor, batch.now);
  if (exceeded) return exceeded;

  const expiresAt =
    command.holdSeconds === null ? null : new Date(batch.now.getTime() + command.holdSeconds * 1_000);
  const movement = movementOf(command);
  const waiting = waitingFor(batch, command, {
    ...{ sourceAccountId: source.id, asset: source.asset, amountMinor: command.amountMinor },
    ...{ rail: BOOK.name, counterparty: destination.id },
  });
  if (waiting) return hold(batch, command, { source, destination, waiting });
  const journal = expiresAt ? BOOK.hold(movement, expiresAt) : BOOK.transfer(movement);
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, command.asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const opened = open(batch, draftOf(command, source, destination));
  takeRoom(batch.limits, source, opened.id, command.amountMinor, batch.now);
  const amountMinor = command.amountMinor;
  const touched = [source.id, destination.id];
  if (expiresAt) {
    const held = { holdId: holdIdOf(journal), holdExpiresAt: expiresAt };
    const next = { nextAction: 'CAPTURE', expectedBy: expiresAt } as const;
    advance(batch, opened, 'FUNDS_HELD', held, { ...next, leg: 'SOURCE', amountMinor, touched });
  } else {
    const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
    advance(batch, opened, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
  }
  return succeeded(opened.id);
}

/** Holds the money of what has to be approved or reviewed first. */
function hold(
  batch: Batch,
  command: CreateCommand,
  { source, destination, waiting }: { source: LedgerAccount; destination: LedgerAccount; waiting: Waiting },
): StoredResult {
  const journal = holdFor(movementOf(command));
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, command.asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);
  const { amountMinor, holdSeconds } = command;
  const opened = openWaiting(
    batch,
    draftOf(command, source, destination),
    { asker: command, waiting, instruction: { kind: 'BOOK', holdSeconds, isConverted: false } },
    {
      change: { holdId: holdIdOf(journal) },
      details: { leg: 'SOURCE', amountMinor, touched: [source.id, destination.id] },
    },
  );
  takeRoom(batch.limits, source, opened.id, amountMinor, batch.now);
  return succeeded(opened.id);
}

/** The Account behind a side, if the API may move its money and the organization may know of it. */
export function findParty(batch: Batch, organizationId: Uuid, party: Party): LedgerAccount | null {
  const account = batch.ledger.accounts.get(party.accountId);
  if (!account || account.organizationId !== organizationId) return null;
  if (account.kind !== 'CUSTOMER' && account.kind !== 'TREASURY') return null;
  return party.isWallet && !account.backsWallet ? null : account;
}

function movementOf(command: CreateCommand): Movement {
  return {
    journalId: command.journalId,
    organizationId: command.organizationId,
    transactionId: command.transactionId,
    sourceAccountId: command.source.accountId,
    destinationAccountId: command.destination.accountId,
    amountMinor: command.amountMinor,
    description: command.description,
  };
}

function draftOf(
  command: CreateCommand,
  source: LedgerAccount,
  destination: LedgerAccount,
): Parameters<typeof open>[1] {
  return {
    id: command.transactionId,
    organizationId: command.organizationId,
    type: 'BOOK',
    finality: BOOK.finality,
    captureMethod: command.holdSeconds === null ? 'AUTOMATIC' : 'MANUAL',
    sourceRail: BOOK.name,
    sourceAccountId: source.id,
    sourceIsWallet: command.source.isWallet,
    sourceCustomerId: customerOf(source),
    sourceAsset: source.asset,
    sourceAmountMinor: command.amountMinor,
    destinationRail: BOOK.name,
    destinationAccountId: destination.id,
    destinationIsWallet: command.destination.isWallet,
    destinationCustomerId: customerOf(destination),
    destinationAsset: destination.asset,
    destinationAmountMinor: command.amountMinor,
    refundOf: null,
    description: command.description,
    externalId: command.externalId,
    metadata: command.metadata,
  };
}
