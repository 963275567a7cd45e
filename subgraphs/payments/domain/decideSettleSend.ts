import type { StoredResult } from '../../../platform/commandLane.ts';
import { ONCHAIN } from '../../../rails/onchain/onchain.ts';
import type { SendRow } from '../../../rails/onchain/settlements.ts';
import type { Batch } from './batch.ts';
import { legOf, tell } from './chainSteps.ts';
import type { SettleSendCommand } from './command.ts';
import { findOwn } from './find.ts';
import { captureHolds, NO_HOLDS, releaseHolds } from './holds.ts';
import { blocked, SETTLED } from './results.ts';
import type { Transaction } from './transaction.ts';

type End = 'COMPLETED' | 'FAILED' | 'CANCELED';

/** Takes the timeline and the books of a send as far as its row is, over as many steps as that takes. */
export function decideSettleSend(batch: Batch, command: SettleSendCommand): StoredResult {
  const { organizationId, transactionId } = command;
  const row = batch.chain.sends.get(transactionId);
  const sent = findOwn(batch, organizationId, transactionId);
  if (!row || !sent || row.organizationId !== organizationId) return blocked('there is no such send');
  if (row.settledVersion === row.version) return SETTLED;
  const contradiction = contradictionOf(row);
  if (contradiction !== null) return blocked(contradiction);
  const end = endOf(row);
  if (sent.status === 'PROCESSING') {
    const told = tellWay(batch, sent, row, end);
    if (end !== null) finish(batch, told, row, end, command);
  } else if (sent.status !== end) {
    return blocked(`the transaction is ${sent.status} and the send ${row.state}`);
  }
  batch.chain.sends.set(row.id, { ...row, settledVersion: row.version });
  batch.chain.settledSends.push({ id: row.id, fromVersion: row.settledVersion, toVersion: row.version });
  return SETTLED;
}

/** What the send's row says and the chain's does not bear out; held money stays held until they agree. */
function contradictionOf({ state, carrierState, outcome, includedHash }: SendRow): string | null {
  const carrier = `its chain transaction is ${carrierState} ${outcome ?? ''}`.trim();
  switch (state) {
    case 'FINAL':
      return carrierState === 'FINAL' && outcome !== null ? null : `FINAL, but ${carrier}`;
    case 'INCLUDED':
      return includedHash === null ? `INCLUDED, but ${carrier}` : null;
    case 'FAILED':
    case 'CANCELED': {
      const cannotMove =
        carrierState === null ||
        carrierState === 'REFUSED' ||
        (carrierState === 'FINAL' && outcome !== 'SUCCEEDED');
      return cannotMove ? null : `${state}, but ${carrier}`;
    }
    default:
      return null;
  }
}

function endOf({ state, outcome }: SendRow): End | null {
  if (state === 'FAILED' || state === 'CANCELED') return state;
  if (state !== 'FINAL') return null;
  if (outcome === 'SUCCEEDED') return 'COMPLETED';
  return outcome === 'REVERTED' ? 'FAILED' : 'CANCELED';
}

/** The steps between what was told and where the send is. What came to nothing has only its end told. */
function tellWay(batch: Batch, sent: Transaction, row: SendRow, end: End | null): Transaction {
  const isIncluded = (row.state === 'INCLUDED' && row.outcome === 'SUCCEEDED') || end === 'COMPLETED';
  const isUnderWay = isIncluded || row.state === 'BROADCAST';
  if (!isUnderWay) return sent;
  const { chainTransactionId, firstHash, includedHash } = row;
  const details = { leg: 'DESTINATION', chainTransactionId } as const;
  let told = sent;
  if (legOf(batch, sent.id).stage === 'SUBMITTED') {
    told = tell(batch, told, 'BROADCAST', {}, { ...details, transactionHash: firstHash ?? includedHash });
  }
  const { stage, transactionHash } = legOf(batch, sent.id);
  if (stage === 'INCLUDED' && isIncluded && transactionHash === includedHash) return told;
  if (stage === 'INCLUDED') told = tell(batch, told, 'REORGED', {}, { leg: 'DESTINATION' });
  if (!isIncluded) return told;
  const included = { ...details, transactionHash: includedHash };
  if (transactionHash !== includedHash) told = tell(batch, told, 'REPLACED', {}, included);
  return tell(batch, told, 'INCLUDED', {}, included);
}

function finish(batch: Batch, sent: Transaction, row: SendRow, end: End, command: SettleSendCommand): void {
  const isSent = end === 'COMPLETED';
  const touched = (isSent ? captureHolds : releaseHolds)(batch, sent, command.journalId);
  if (isSent) {
    const details = { leg: 'DESTINATION', amountMinor: sent.destinationAmountMinor } as const;
    const isConverted = sent.sourceAsset !== sent.destinationAsset;
    const told = isConverted ? tell(batch, sent, 'CONVERTED', {}, details) : sent;
    const done = {
      ...NO_HOLDS,
      capturedAmountMinor: sent.sourceAmountMinor,
      completedAt: batch.now,
      finality: ONCHAIN.finality.completed,
    };
    tell(batch, told, end, done, { ...details, touched });
    return;
  }
  const failureCode = end === 'FAILED' ? (row.failureCode ?? 'REVERTED') : null;
  const details = { leg: 'SOURCE', amountMinor: sent.sourceAmountMinor, touched } as const;
  tell(batch, sent, end, { ...NO_HOLDS, failureCode }, { ...details, ...reasonOf(row, failureCode) });
}

function reasonOf(row: SendRow, failureCode: string | null) {
  const reasonCode = failureCode ?? (row.isCancelAsked ? 'CANCELED_BY_REQUEST' : null);
  if (reasonCode === null) return {};
  const reasonMessage =
    failureCode === null
      ? 'the send was called off before a block had it'
      : failureCode === 'REVERTED'
        ? 'the chain refused the transfer; nothing but gas was spent'
        : `the send came to nothing: ${failureCode}`;
  return { reasonCode, reasonMessage, reasonRetryable: false };
}
