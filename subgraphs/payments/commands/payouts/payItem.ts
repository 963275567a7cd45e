import { formatId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { CreateCommand, PayoutCommand, SendCommand } from '../../domain/command.ts';
import type { Party } from '../../domain/party.ts';
import type { WaitingPayout } from '../../store/payouts/nextPayouts.ts';

/**
 * The command that pays an item. It has no key: the item, which is locked, makes it idempotent, and so do the ids of
 * the Transaction and its Journal, which are the item's own.
 */
export function payItem(item: WaitingPayout): CreateCommand | SendCommand | PayoutCommand {
  const { id, organizationId, destinationAccountId, destinationAddress } = item;
  const base = {
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: null,
    fingerprint: '',
    paysItem: true,
    transactionId: id,
    journalId: id,
    source: partyOf(item.sourceAccountId, item.sourceIsWallet),
    amountMinor: item.amountMinor,
    asset: item.asset,
    description: item.description,
    externalId: item.externalId,
    metadata: item.metadata,
  } as const;
  if (destinationAccountId !== null) {
    const destination = partyOf(destinationAccountId, item.destinationIsWallet);
    return { ...base, destination, holdSeconds: null };
  }
  const { destinationExternalAccountId: externalAccountId, rail, payout, sealed } = item;
  if (rail !== null) {
    return {
      ...base,
      ...present(payout, 'the order of an item'),
      rail,
      externalAccountId,
      sealed: present(sealed, 'what is sealed'),
    };
  }
  const toAddress = present(destinationAddress, 'the destination of an item');
  return { ...base, toAddress, destinationAddress: toAddress, externalAccountId };
}

function partyOf(accountId: Party['accountId'], isWallet: boolean): Party {
  return { id: formatId(isWallet ? 'wal' : 'acc', accountId), accountId, isWallet };
}
