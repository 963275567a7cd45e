import type { LedgerAccount } from '../../../../ledger/account.ts';
import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { CASH, cashJournal } from '../../../../rails/cash/cash.ts';
import { feeOf, findCashNetwork, pickupEnd } from '../../../../rails/cash/networks.ts';
import { type Batch, open } from '../batch.ts';
import { type Asker, submitOrWait, waitingFor } from '../gates/holdBack.ts';
import { holdsOf } from '../holds.ts';
import { exceededLimit, takeRoom } from '../limits/limitsInBatch.ts';
import { refused, restricted, succeeded } from '../results.ts';
import { cashAccount } from './cashInBatch.ts';

/** Whom a network hands cash to, and who is asked to. Nothing of the recipient is known in the clear. */
export interface PickupWay {
  readonly adapter: string;
  readonly network: string;
  readonly recipientMask: string;
  /** Sealed for the uuid of the pickup; empty where it is for whoever `copyOf` names. */
  readonly sealed: Uint8Array;
  readonly copyOf?: Uuid;
  /** A digest: says whether the same was paid before. Null for one whom we paid, or tried to. */
  readonly counterparty: string | null;
}

/** A pickup that is about to begin, of an amount that its network takes. */
export interface AskedPickup {
  readonly id: Uuid;
  readonly journalId: Uuid;
  /** Of the Transfer of the fee. */
  readonly feeTransferId: Uuid;
  readonly payer: LedgerAccount;
  /** What is handed over, in minor units of the payer's Asset; the fee comes beside it. */
  readonly amountMinor: bigint;
  readonly way: PickupWay;
  readonly asker: Asker;
  readonly description: string | null;
  /** The Transaction as it begins. @param grossMinor amount and fee */
  draftOf(clearingId: Uuid, grossMinor: bigint): Parameters<typeof open>[1];
}

/**
 * Holds the money and its fee, and queues the pickup that they are for, in one tx. The hold has no end: only what the
 * network says, or a cancellation that came in time, resolves it. A refusal leaves nothing behind.
 */
export function holdPickup(batch: Batch, asked: AskedPickup): StoredResult {
  const { id, journalId, feeTransferId, payer, amountMinor, way, description } = asked;
  const { organizationId } = asked.asker;
  const { asset } = payer;
  const { network, adapter, recipientMask, sealed, copyOf, counterparty } = way;
  const terms = present(findCashNetwork(network)?.pickup, `terms of ${network}`);
  const feeMinor = feeOf(terms, amountMinor);
  const grossMinor = amountMinor + feeMinor;
  const gate =
    restricted(payer, 'DEBIT') ??
    restricted(payer, 'BANK') ??
    exceededLimit(batch.limits, payer, grossMinor, batch.now);
  if (gate) return gate;

  const waiting = waitingFor(batch, asked.asker, {
    ...{ sourceAccountId: payer.id, asset, amountMinor: grossMinor, rail: CASH, counterparty },
  });
  const clearingId = cashAccount(batch, { organizationId, kind: 'CLEARING', asset, place: CASH });
  const feesAccountId = cashAccount(batch, { organizationId, kind: 'FEES', asset });
  const journal = cashJournal(
    {
      ...{ journalId, feeTransferId, organizationId, transactionId: id, amountMinor, feeMinor, description },
      ...{ sourceAccountId: payer.id, destinationAccountId: clearingId, feesAccountId },
    },
    'PENDING',
  );
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const opened = open(batch, asked.draftOf(clearingId, grossMinor));
  takeRoom(batch.limits, payer, id, grossMinor, batch.now);
  const touched = [payer.id, clearingId];
  const order = {
    ...({ id, organizationId, kind: 'PICKUP', accountId: payer.id, cashInId: null } as const),
    ...{ adapter, network, asset, amountMinor, recipientMask, sealed },
    ...(copyOf === undefined ? {} : { copyOf }),
    expiresAt: pickupEnd(network, batch.now),
  };
  submitOrWait(
    batch,
    opened,
    { asker: asked.asker, waiting, instruction: { kind: 'PICKUP', order } },
    { change: holdsOf(journal), details: { leg: 'SOURCE', amountMinor: grossMinor, touched } },
  );
  if (counterparty !== null) {
    batch.gates.counterparties.push({ organizationId, digest: counterparty, transactionId: id });
  }
  return succeeded(id);
}
