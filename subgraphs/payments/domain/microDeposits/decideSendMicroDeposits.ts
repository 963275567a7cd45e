import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { BANK } from '../../../../rails/bank/bank.ts';
import { assetOfRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { holdIdOf } from '../../../../rails/port.ts';
import { bankAccount } from '../bank.ts';
import type { Batch } from '../batch.ts';
import { findParty } from '../decideCreate.ts';
import { exceededLimit, takeRoom } from '../limits/limitsInBatch.ts';
import { isRefusal, railTerms } from '../payTo.ts';
import { invalid, mismatched, missing, refused, restricted } from '../results.ts';
import type { SendMicroDepositsCommand } from './command.ts';
import { putMicroDeposit } from './microInBatch.ts';

/** Holds the sum of both amounts and queues both orders, in one tx; once for each ExternalAccount. */
export function decideSendMicroDeposits(batch: Batch, command: SendMicroDepositsCommand): StoredResult {
  const { organizationId, externalAccountId, rail, adapter, orders } = command;
  const id = formatId('xac', externalAccountId);
  const place = batch.micro.places.get(externalAccountId);
  if (!place || place.organizationId !== organizationId) return missing(id);
  const source = findParty(batch, organizationId, command.source);
  if (!source) return missing(command.source.id);
  if (place.status !== 'PENDING_VERIFICATION' || batch.micro.rows.has(externalAccountId)) {
    return invalid('externalAccountId', id, 'one that waits for its amounts, to which none were sent yet');
  }
  if (source.kind !== 'TREASURY') {
    return invalid('sourceId', command.source.id, "an account of the organization's own");
  }
  const asset = assetOfRail(rail);
  if (source.asset !== asset) return mismatched(source.asset, asset);
  const gate = restricted(source, 'DEBIT') ?? restricted(source, 'BANK');
  if (gate) return gate;
  const amountMinor = orders[0].amountMinor + orders[1].amountMinor;
  const terms = railTerms(batch, { rail, speed: null, amountMinor: orders[0].amountMinor }, asset);
  if (isRefusal(terms)) return terms;
  const exceeded = exceededLimit(batch.limits, source, amountMinor, batch.now);
  if (exceeded) return exceeded;

  const journal = BANK.hold({
    ...{ journalId: command.journalId, organizationId, transactionId: null, amountMinor },
    sourceAccountId: source.id,
    destinationAccountId: bankAccount(batch, { organizationId, kind: 'CLEARING', asset, place: rail }),
    description: 'Micro-deposits',
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);
  takeRoom(batch.limits, source, externalAccountId, amountMinor, batch.now);
  const { expectedBy, speed } = terms;
  for (const order of orders) {
    const whose = { organizationId, accountId: source.id, adapter, rail, asset };
    batch.bank.newOrders.push({ ...order, ...whose, reference: null, expectedBy, speed });
  }
  putMicroDeposit(batch.micro, {
    ...{ externalAccountId, organizationId, accountId: source.id, rail, asset, expectedBy },
    holdId: present(holdIdOf(journal), 'the hold of micro-deposits'),
    orderIds: [orders[0].id, orders[1].id],
    state: 'UNDER_WAY',
  });
  return { type: 'MicroDeposits', externalAccountId };
}
