import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { invariant } from '../../../../platform/invariant.ts';
import { ONCHAIN } from '../../../../rails/onchain/onchain.ts';
import { holdIdOf } from '../../../../rails/port.ts';
import { type Batch, open } from '../batch.ts';
import { putLeg } from '../chainSteps.ts';
import { destinationFault } from '../decideSend.ts';
import { submitOrWait, waitingFor } from '../gates/holdBack.ts';
import { exceededLimit, takeRoom } from '../limits/limitsInBatch.ts';
import { invalid, notOnChain, refused, restricted, succeeded } from '../results.ts';
import { payerOf, type RefundStart, refundDraft, takeRefundable } from './refundStart.ts';

/**
 * Holds the money and queues the send that brings it back, in one tx. It never goes to where the deposit came from by
 * itself: that is often the address of an exchange, which credits nobody with what arrives there.
 */
export function refundToAddress(batch: Batch, start: RefundStart): StoredResult {
  const { original, amountMinor, refundId: id, journalId, description, route, retryOf } = start;
  const { organizationId } = original;
  const payer = payerOf(batch, start);
  const toAddress = route.toAddress ?? addressOf(batch, retryOf);
  if (toAddress === null) {
    return invalid('destinationAddress', null, 'the address to refund to, as the sender may not own its own');
  }
  const gate = restricted(payer, 'DEBIT') ?? restricted(payer, 'ONCHAIN');
  if (gate) return gate;
  const wallet = batch.refunds.wallets.get(payer.id);
  if (wallet?.asset !== payer.asset || wallet.organizationId !== organizationId) return notOnChain(payer.id);
  const named = { organizationId, toAddress, destinationAddress: route.destinationAddress ?? toAddress };
  const fault =
    destinationFault(batch.refunds.inside, named, wallet) ??
    exceededLimit(batch.limits, payer, amountMinor, batch.now);
  if (fault) return fault;

  const { network, asset, custodyAddress: fromAddress } = wallet;
  const waiting = waitingFor(batch, start.asker, {
    ...{ sourceAccountId: payer.id, asset, amountMinor, rail: ONCHAIN.name, counterparty: toAddress },
  });
  // The deposit came out of OMNIBUS of its Network, and goes back into it.
  const omnibusId = original.sourceAccountId;
  const journal = ONCHAIN.hold({
    ...{ journalId, organizationId, transactionId: id, amountMinor, description },
    ...{ sourceAccountId: payer.id, destinationAccountId: omnibusId },
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const way = { rail: ONCHAIN.name, accountId: omnibusId, finality: ONCHAIN.finality.open };
  const opened = open(batch, refundDraft(start, way));
  takeRoom(batch.limits, payer, id, amountMinor, batch.now);
  putLeg(batch, {
    ...{ transactionId: id, organizationId, side: 'DESTINATION', network, address: toAddress },
    ...{ stage: 'SUBMITTED', chainTransactionId: null, transactionHash: null },
  });
  const touched = [payer.id, omnibusId];
  const send = {
    id,
    organizationId,
    accountId: payer.id,
    network,
    asset,
    fromAddress,
    toAddress,
    amountMinor,
  };
  submitOrWait(
    batch,
    opened,
    { asker: start.asker, waiting, instruction: { kind: 'SEND', send } },
    { change: { holdId: holdIdOf(journal) }, details: { leg: 'SOURCE', amountMinor, touched } },
  );
  takeRefundable(batch, start);
  return succeeded(id);
}

function addressOf(batch: Batch, retryOf: RefundStart['retryOf']): string | null {
  return retryOf === null ? null : (batch.refunds.legs.get(retryOf)?.address ?? null);
}
