import type { LedgerAccount } from '../../../ledger/account.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { assetOfRail } from '../../../rails/bank/catalog/bankRails.ts';
import type { Batch } from './batch.ts';
import { systemKey } from './chain.ts';
import { findParty } from './decideCreate.ts';
import { isRefusal, railTerms, unusable } from './payTo.ts';
import type { QuoteRail } from './quote.ts';
import {
  type AskedAccount,
  type AskedAddress,
  type CreateQuoteCommand,
  isToAccount,
  isToAddress,
} from './quoteCommand.ts';
import { custodyKey, quoteAccount } from './quoteFacts.ts';
import { closedAccount, invalid, mismatched, missing, notOnChain } from './results.ts';
import { customerOf } from './transaction.ts';

/** Where a Quote leads, once it is known to be possible. */
export interface Target {
  readonly rail: QuoteRail;
  readonly accountId: Uuid;
  readonly customerId: Uuid | null;
  readonly fromAddress: string | null;
}

/** The destination, or why the Quote cannot lead there. */
export function findTarget(
  batch: Batch,
  command: CreateQuoteCommand,
  source: LedgerAccount,
): Target | StoredResult {
  const { destination, organizationId, destinationAsset } = command;
  if (isToAddress(destination)) return findOutside(batch, command, destination, source);
  if (isToAccount(destination)) return findBank(batch, command, destination, source);
  const account = findParty(batch, organizationId, destination);
  if (!account) return missing(destination.id);
  if (account.closedAt !== null) return closedAccount(account.id);
  if (account.asset !== destinationAsset) return mismatched(account.asset, destinationAsset);
  return { rail: 'BOOK', accountId: account.id, customerId: customerOf(account), fromAddress: null };
}

function findOutside(
  batch: Batch,
  command: CreateQuoteCommand,
  { network, toAddress, destinationAddress, externalAccountId }: AskedAddress,
  source: LedgerAccount,
): Target | StoredResult {
  const { organizationId, destinationAsset } = command;
  const fault = unusable(batch, externalAccountId, source, destinationAsset);
  if (fault) return fault;
  const fromAddress = batch.quote.custody.get(custodyKey(organizationId, network, destinationAsset));
  if (fromAddress === undefined || command.gas === null) return notOnChain(source.id);
  const inside = batch.quote.inside.find((one) => one.network === network && one.address === toAddress);
  if (inside) {
    // Another organization's is outside, and not to be told from any other.
    const isForeign =
      inside.role === 'OURS' && inside.organizationId !== null && inside.organizationId !== organizationId;
    if (!isForeign) {
      const hint =
        inside.walletId === null
          ? ''
          : `: for this one, name ${formatId('wal', inside.walletId)} as destinationId`;
      return invalid('destinationAddress', destinationAddress, `an address outside the organization${hint}`);
    }
  }
  const key = systemKey({ organizationId, kind: 'OMNIBUS', asset: destinationAsset, place: network });
  return { rail: 'ONCHAIN', accountId: quoteAccount(batch.quote, key), customerId: null, fromAddress };
}

function findBank(
  batch: Batch,
  { organizationId, destinationAsset: asset }: CreateQuoteCommand,
  { rail, externalAccountId }: AskedAccount,
  source: LedgerAccount,
): Target | StoredResult {
  const carried = assetOfRail(rail);
  if (carried !== asset) return mismatched(asset, carried);
  const fault = unusable(batch, externalAccountId, source, asset);
  if (fault) return fault;
  const key = systemKey({ organizationId, kind: 'CLEARING', asset, place: rail });
  return { rail, accountId: quoteAccount(batch.quote, key), customerId: null, fromAddress: null };
}

/** Why the rail that a Quote leads to does not take what would arrive there, or null. */
export function railFault(
  batch: Batch,
  { destination, destinationAsset }: CreateQuoteCommand,
  amountMinor: bigint,
): StoredResult | null {
  if (!isToAccount(destination)) return null;
  const { rail, payout } = destination;
  const terms = railTerms(batch, { rail, speed: payout.speed, amountMinor }, destinationAsset);
  return isRefusal(terms) ? terms : null;
}
