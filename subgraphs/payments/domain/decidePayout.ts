import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BANK } from '../../../rails/bank/bank.ts';
import { expectedBy, RAIL_FACTS } from '../../../rails/bank/railFacts.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { holdIdOf } from '../../../rails/port.ts';
import { bankAccount } from './bank.ts';
import { type Batch, open } from './batch.ts';
import type { PayoutCommand } from './command.ts';
import { findParty } from './decideCreate.ts';
import { submitOrWait, waitingFor } from './gates/holdBack.ts';
import { exceededLimit, takeRoom } from './limits/limitsInBatch.ts';
import { mismatched, missing, refused, restricted, succeeded, takenExternalId } from './results.ts';
import { customerOf } from './transaction.ts';

/**
 * Holds the money and queues the order that it pays for, in one tx. The hold has no end: only what the bank says, or a
 * cancellation that came in time, resolves it.
 */
export function decidePayout(batch: Batch, command: PayoutCommand): StoredResult {
  const { organizationId, amountMinor, rail, transactionId: id } = command;
  const source = findParty(batch, organizationId, command.source);
  if (!source) return missing(command.source.id);
  const taken = takenExternalId(batch, organizationId, command.externalId);
  if (taken) return taken;
  const { asset } = RAIL_FACTS[rail];
  for (const counted of [source.asset, command.asset]) {
    if (counted !== asset) return mismatched(counted, asset);
  }

  const gate = restricted(source, 'DEBIT') ?? restricted(source, 'BANK');
  if (gate) return gate;
  const exceeded = exceededLimit(batch.limits, source, amountMinor, batch.now);
  if (exceeded) return exceeded;

  const waiting = waitingFor(batch, command, {
    ...{ sourceAccountId: source.id, asset, amountMinor, rail, counterparty: command.counterparty },
  });
  const clearingId = bankAccount(batch, { organizationId, kind: 'CLEARING', asset, place: rail });
  const journal = BANK.hold({
    journalId: command.journalId,
    organizationId,
    transactionId: id,
    sourceAccountId: source.id,
    destinationAccountId: clearingId,
    amountMinor,
    description: command.description,
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const opened = open(batch, draftOf(command, source, clearingId));
  takeRoom(batch.limits, source, id, amountMinor, batch.now);
  const due = expectedBy(rail, batch.now);
  const touched = [source.id, clearingId];
  const { adapter, accountMask, sealed, reference, counterparty } = command;
  const order = {
    ...{ id, organizationId, accountId: source.id, adapter, rail, asset, amountMinor },
    ...{ accountMask, sealed, reference, expectedBy: due },
  };
  submitOrWait(
    batch,
    opened,
    { asker: command, waiting, instruction: { kind: 'ORDER', order } },
    {
      change: { holdId: holdIdOf(journal) },
      details: { leg: 'SOURCE', amountMinor, touched, expectedBy: due },
    },
  );
  batch.gates.counterparties.push({ organizationId, digest: counterparty, transactionId: id });
  return succeeded(id);
}

function draftOf(
  command: PayoutCommand,
  source: LedgerAccount,
  clearingId: Uuid,
): Parameters<typeof open>[1] {
  const { amountMinor } = command;
  return {
    id: command.transactionId,
    organizationId: command.organizationId,
    type: 'FIAT_TO_FIAT',
    finality: 'PROVISIONAL',
    captureMethod: 'AUTOMATIC',
    sourceRail: BOOK.name,
    sourceAccountId: source.id,
    sourceIsWallet: command.source.isWallet,
    sourceCustomerId: customerOf(source),
    sourceAsset: source.asset,
    sourceAmountMinor: amountMinor,
    destinationRail: command.rail,
    destinationAccountId: clearingId,
    destinationIsWallet: false,
    destinationCustomerId: null,
    destinationAsset: source.asset,
    destinationAmountMinor: amountMinor,
    refundOf: null,
    description: command.description,
    externalId: command.externalId,
    metadata: command.metadata,
  };
}
