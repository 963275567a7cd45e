import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { ONCHAIN } from '../../../rails/onchain/onchain.ts';
import type { SendingWallet } from '../../../rails/onchain/sends.ts';
import { holdIdOf } from '../../../rails/port.ts';
import { type Batch, open } from './batch.ts';
import { insideKey } from './chain.ts';
import { putLeg, systemAccount } from './chainSteps.ts';
import type { SendCommand } from './command.ts';
import { findParty } from './decideCreate.ts';
import { submitOrWait, waitingFor } from './gates/holdBack.ts';
import { exceededLimit, takeRoom } from './limits/limitsInBatch.ts';
import { unusable } from './payTo.ts';
import {
  invalid,
  mismatched,
  missing,
  notOnChain,
  refused,
  restricted,
  succeeded,
  takenExternalId,
} from './results.ts';
import { customerOf, type Transaction } from './transaction.ts';

/**
 * Holds the money and queues the send that it pays for, in one tx. The hold has no end: only what the chain decides, or
 * a cancellation that came in time, resolves it.
 */
export function decideSend(batch: Batch, command: SendCommand): StoredResult {
  const { organizationId, amountMinor } = command;
  const source = findParty(batch, organizationId, command.source);
  if (!source) return missing(command.source.id);
  const taken = takenExternalId(batch, organizationId, command.externalId);
  if (taken) return taken;
  if (source.asset !== command.asset) return mismatched(source.asset, command.asset);
  const gate = restricted(source, 'DEBIT') ?? restricted(source, 'ONCHAIN');
  if (gate) return gate;
  const wallet = batch.chain.wallets.get(source.id);
  if (wallet?.asset !== source.asset || wallet.organizationId !== organizationId) {
    return notOnChain(source.id);
  }
  const { externalAccountId = null } = command;
  const fault =
    unusable(batch, externalAccountId, source, source.asset) ??
    elsewhere(batch, externalAccountId, wallet) ??
    destinationFault(batch.chain.inside, command, wallet);
  if (fault) return fault;

  const exceeded = exceededLimit(batch.limits, source, amountMinor, batch.now);
  if (exceeded) return exceeded;

  const { network, asset, custodyAddress: fromAddress } = wallet;
  const { toAddress, transactionId: id } = command;
  const waiting = waitingFor(batch, command, {
    ...{ sourceAccountId: source.id, asset, amountMinor, rail: ONCHAIN.name, counterparty: toAddress },
  });
  const omnibusId = systemAccount(batch, { organizationId, kind: 'OMNIBUS', asset, place: network });
  const journal = ONCHAIN.hold({
    journalId: command.journalId,
    organizationId,
    transactionId: id,
    sourceAccountId: source.id,
    destinationAccountId: omnibusId,
    amountMinor,
    description: command.description,
  });
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, command.asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const opened = open(batch, draftOf(command, source, omnibusId));
  takeRoom(batch.limits, source, id, amountMinor, batch.now);
  putLeg(batch, {
    transactionId: id,
    organizationId,
    side: 'DESTINATION',
    network,
    address: toAddress,
    stage: 'SUBMITTED',
    chainTransactionId: null,
    transactionHash: null,
  });
  const touched = [source.id, omnibusId];
  const accountId = source.id;
  const send = { id, organizationId, accountId, network, asset, fromAddress, toAddress, amountMinor };
  submitOrWait(
    batch,
    opened,
    { asker: command, waiting, instruction: { kind: 'SEND', send } },
    { change: { holdId: holdIdOf(journal) }, details: { leg: 'SOURCE', amountMinor, touched } },
  );
  return succeeded(id);
}

/** An address is a place on one Network; the same on another may be nobody's. */
function elsewhere(batch: Batch, externalAccountId: Uuid | null, wallet: SendingWallet): StoredResult | null {
  if (externalAccountId === null) return null;
  const network = batch.bank.externalAccounts.get(externalAccountId)?.network ?? null;
  if (network === wallet.network) return null;
  const expected = `one on ${wallet.network}, where the source wallet is`;
  return invalid('destinationExternalAccountId', formatId('xac', externalAccountId), expected);
}

/** What is not outside cannot be sent to: the money would leave the books and not the organization, or be lost. */
export function destinationFault(
  known: Batch['chain']['inside'],
  command: Pick<SendCommand, 'destinationAddress' | 'toAddress' | 'organizationId'>,
  wallet: SendingWallet,
): StoredResult | null {
  const inside = known.get(insideKey(wallet.network, command.toAddress));
  if (!inside) return null;
  const { destinationAddress, organizationId } = command;
  const refuse = (expected: string) => invalid('destinationAddress', destinationAddress, expected);
  if (inside.role === 'CONTRACT') return refuse('an address that is not a contract of ours or of an asset');
  if (inside.organizationId === null) return refuse('an address outside');
  // Another organization's is outside, and not to be told from any other.
  if (inside.organizationId !== organizationId) return null;
  return refuse(
    inside.walletId === null
      ? 'an address outside the organization'
      : `an address outside the organization: for this one, name ${formatId('wal', inside.walletId)} as destinationId`,
  );
}

function draftOf(
  command: SendCommand,
  source: LedgerAccount,
  omnibusId: Transaction['id'],
): Parameters<typeof open>[1] {
  return {
    id: command.transactionId,
    organizationId: command.organizationId,
    type: 'CRYPTO_TO_CRYPTO',
    finality: ONCHAIN.finality.open,
    captureMethod: 'AUTOMATIC',
    sourceRail: BOOK.name,
    sourceAccountId: source.id,
    sourceIsWallet: command.source.isWallet,
    sourceCustomerId: customerOf(source),
    sourceAsset: source.asset,
    sourceAmountMinor: command.amountMinor,
    destinationRail: ONCHAIN.name,
    destinationAccountId: omnibusId,
    destinationIsWallet: false,
    destinationExternalAccountId: command.externalAccountId ?? null,
    destinationCustomerId: null,
    destinationAsset: source.asset,
    destinationAmountMinor: command.amountMinor,
    refundOf: null,
    description: command.description,
    externalId: command.externalId,
    metadata: command.metadata,
  };
}
