import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { BANK } from '../../../../rails/bank/bank.ts';
import { assetOfRail } from '../../../../rails/bank/catalog/bankRails.ts';
import type { RecipientOf } from '../../../../rails/bank/orders.ts';
import { type BankRailName, holdIdOf } from '../../../../rails/port.ts';
import { type Batch, open } from '../batch.ts';
import { systemKey } from '../chain.ts';
import { submitOrWait, waitingFor } from '../gates/holdBack.ts';
import { exceededLimit, takeRoom } from '../limits/limitsInBatch.ts';
import { isRefusal, railTerms } from '../payTo.ts';
import { invalid, mismatched, refused, restricted, succeeded } from '../results.ts';
import { payerOf, type RefundStart, refundDraft, takeRefundable } from './refundStart.ts';

/** What the statement of whoever paid says. */
const REFERENCE = 'Refund';

interface BankDestination {
  readonly rail: BankRailName;
  readonly adapter: string;
  readonly accountMask: string;
  readonly sealed: Uint8Array;
  readonly recipient?: RecipientOf;
}

/** Holds the money and queues the order that brings it back, in one tx, as a payout does. */
export function refundToBank(batch: Batch, start: RefundStart): StoredResult {
  const { original, amountMinor, refundId: id, journalId, description } = start;
  const { organizationId } = original;
  const way = destinationOf(batch, start);
  if ('type' in way) return way;
  const asset = assetOfRail(way.rail);
  if (asset !== original.sourceAsset) return mismatched(original.sourceAsset, asset);
  const payer = payerOf(batch, start);
  const gate =
    restricted(payer, 'DEBIT') ??
    restricted(payer, 'BANK') ??
    exceededLimit(batch.limits, payer, amountMinor, batch.now);
  if (gate) return gate;
  const terms = railTerms(batch, { rail: way.rail, speed: null, amountMinor }, asset);
  if (isRefusal(terms)) return terms;

  const waiting = waitingFor(batch, start.asker, {
    ...{ sourceAccountId: payer.id, asset, amountMinor, rail: way.rail },
    counterparty: start.route.toBank?.counterparty ?? null,
  });
  const key = systemKey({ organizationId, kind: 'CLEARING', asset, place: way.rail });
  const clearingId = present(batch.refunds.systemAccounts.get(key), key);
  const journal = BANK.hold({
    ...{ journalId, organizationId, transactionId: id, amountMinor, description },
    ...{ sourceAccountId: payer.id, destinationAccountId: clearingId },
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const draft = refundDraft(start, { rail: way.rail, accountId: clearingId, finality: 'PROVISIONAL' });
  const opened = open(batch, draft);
  takeRoom(batch.limits, payer, id, amountMinor, batch.now);
  const { expectedBy, speed } = terms;
  const order = {
    ...{ id, organizationId, accountId: payer.id, asset, amountMinor, expectedBy, speed },
    ...way,
    reference: REFERENCE,
  };
  const touched = [payer.id, clearingId];
  submitOrWait(
    batch,
    opened,
    { asker: start.asker, waiting, instruction: { kind: 'ORDER', order } },
    { change: { holdId: holdIdOf(journal) }, details: { leg: 'SOURCE', amountMinor, touched, expectedBy } },
  );
  takeRefundable(batch, start);
  return succeeded(id);
}

/** The account that the client names, else that of the refund before this one, else that which the money came from. */
function destinationOf(
  batch: Batch,
  { route, original, retryOf }: RefundStart,
): BankDestination | StoredResult {
  const { toBank, adapter } = route;
  if (toBank !== null) {
    const { rail, accountMask, sealed } = toBank;
    return { rail, accountMask, sealed, adapter: present(adapter, 'an adapter') };
  }
  const known = batch.refunds.recipients.get(retryOf ?? original.id);
  const expected = 'an account, as the bank did not say where the money came from';
  if (known === undefined) return invalid('destinationBankAccount', null, expected);
  return { ...known, sealed: new Uint8Array() };
}
