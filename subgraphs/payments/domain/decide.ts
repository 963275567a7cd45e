import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Batch } from './batch.ts';
import { isPickup } from './cash/command.ts';
import {
  decideCancelCashIn,
  decideCreateCashIn,
  decideExpireCashIn,
  decideRefreshCashIn,
} from './cash/decideCashIn.ts';
import { decideCashPickup } from './cash/decideCashPickup.ts';
import { decideSettleCashOrder } from './cash/decideSettleCash.ts';
import { decideAssignCashReceipt, decideSettleCashReceipt } from './cash/decideSettleCashReceipt.ts';
import { isPayout, isSend, type PaymentsCommand } from './command.ts';
import { decideAccelerate } from './decideAccelerate.ts';
import { decideAcceptQuote, decideExpireQuote } from './decideAcceptQuote.ts';
import { decideAssignDeposit } from './decideAssignDeposit.ts';
import { decideAssignReceipt } from './decideAssignReceipt.ts';
import { decideCapture } from './decideCapture.ts';
import { decideCreate } from './decideCreate.ts';
import { decideCreateQuote } from './decideCreateQuote.ts';
import { decideFinalize } from './decideFinalize.ts';
import { decidePayout } from './decidePayout.ts';
import { decideRefund } from './decideRefund.ts';
import { decideCancel, decideExpire } from './decideRelease.ts';
import { decideResolveItem } from './decideResolveItem.ts';
import { decideSend } from './decideSend.ts';
import { decideSetPlatformFee } from './decideSetPlatformFee.ts';
import { decideSettleDeposit } from './decideSettleDeposit.ts';
import { decideSettleFee } from './decideSettleFee.ts';
import { decideSettleLine } from './decideSettleLine.ts';
import { decideSettleOrder } from './decideSettleOrder.ts';
import { decideSettleReceipt } from './decideSettleReceipt.ts';
import { decideSettleSend } from './decideSettleSend.ts';
import { decideAssignLine, decideTakeLineAsFee } from './decideTakeOut.ts';
import { decideApproval, decideEndWaiting } from './gates/decideApproval.ts';
import { decideAssignReview, decideOpenReview, decideReview } from './gates/decideReview.ts';
import { decideSendMicroDeposits } from './microDeposits/decideSendMicroDeposits.ts';
import { decideSettleMicroDeposits } from './microDeposits/decideSettleMicroDeposits.ts';
import { decidePayoutItem, followPayout } from './payouts/decidePayoutItem.ts';
import { decideAssignReturn } from './refunds/decideAssignReturn.ts';
import { decideDefaultReturnPolicy } from './refunds/decideDefaultReturnPolicy.ts';
import { decideDismissRefund } from './refunds/decideDismissRefund.ts';
import { decideRetryRefund } from './refunds/decideRetryRefund.ts';
import { followingRefund } from './refunds/followRefund.ts';
import { declaring } from './refunds/returnTarget.ts';

type Operation = PaymentsCommand['operation'];
type CommandOf<Name extends Operation, Command = PaymentsCommand> = Command extends {
  readonly operation: infer Own;
}
  ? Name extends Own
    ? Command
    : never
  : never;
type Decisions = { readonly [Name in Operation]: (batch: Batch, command: CommandOf<Name>) => StoredResult };

/** Who decides each command. */
const DECISIONS: Decisions = {
  createTransaction: decideAnyCreation,
  captureTransaction: decideCapture,
  expireHold: decideExpire,
  refundTransaction: decideRefund,
  retryRefund: decideRetryRefund,
  setDefaultReturnPolicy: decideDefaultReturnPolicy,
  dismissRefund: decideDismissRefund,
  assignReturn: decideAssignReturn,
  accelerateTransaction: decideAccelerate,
  settleDeposit: decideSettleDeposit,
  settleFee: decideSettleFee,
  createQuote: decideCreateQuote,
  acceptQuote: decideAcceptQuote,
  expireQuote: decideExpireQuote,
  setPlatformFee: decideSetPlatformFee,
  settleReceipt: decideSettleReceipt,
  assignReceipt: decideAssignReceipt,
  settleLine: decideSettleLine,
  resolveReconciliationItem: decideResolveItem,
  assignBankBooking: decideAssignLine,
  takeBankBookingAsFee: decideTakeLineAsFee,
  assignDeposit: decideAssignDeposit,
  sendMicroDeposits: decideSendMicroDeposits,
  settleMicroDeposits: decideSettleMicroDeposits,
  finalizeTransaction: decideFinalize,
  openReview: decideOpenReview,
  assignReview: decideAssignReview,
  createCashIn: decideCreateCashIn,
  refreshCashIn: decideRefreshCashIn,
  cancelCashIn: decideCancelCashIn,
  expireCashIn: decideExpireCashIn,
  settleCashReceipt: decideSettleCashReceipt,
  assignCashReceipt: decideAssignCashReceipt,
  cancelTransaction: (batch, command) =>
    followed(batch, command.transactionId, () => decideCancel(batch, command)),
  settleSend: (batch, command) =>
    followed(batch, command.transactionId, () => decideSettleSend(batch, command)),
  settleOrder: (batch, command) =>
    followed(batch, command.transactionId, () => decideSettleOrder(batch, command)),
  settleCashOrder: (batch, command) =>
    followingRefund(batch, command.transactionId, () => decideSettleCashOrder(batch, command)),
  approveTransaction: decideVerdict,
  rejectTransaction: decideVerdict,
  endWaiting: (batch, command) =>
    followingRefund(batch, command.transactionId, () => decideEndWaiting(batch, command)),
  decideReview(batch, command) {
    const decided = () => decideReview(batch, command);
    return command.transactionId === null
      ? decided()
      : followingRefund(batch, command.transactionId, decided);
  },
};

/**
 * Decides one command on top of what those before it in the batch did, and adds its changes to `batch`. A
 * refused command adds nothing.
 */
export function decide(batch: Batch, command: PaymentsCommand): StoredResult {
  const decision = DECISIONS[command.operation] as (batch: Batch, command: PaymentsCommand) => StoredResult;
  return decision(batch, command);
}

function decideAnyCreation(batch: Batch, command: CommandOf<'createTransaction'>): StoredResult {
  const pay = () => {
    if (isPayout(command)) return declaring(batch, command, () => decidePayout(batch, command));
    if (isPickup(command)) return decideCashPickup(batch, command);
    return isSend(command) ? decideSend(batch, command) : decideCreate(batch, command);
  };
  return 'paysItem' in command && command.paysItem
    ? decidePayoutItem(batch, command.transactionId, pay)
    : pay();
}

function decideVerdict(batch: Batch, command: CommandOf<'approveTransaction'>): StoredResult {
  return followingRefund(batch, command.transactionId, () => decideApproval(batch, command));
}

/** Runs what may end a Transaction, and tells those who wait for it: the original of a refund, the batch of an item. */
function followed(batch: Batch, transactionId: Uuid, run: () => StoredResult): StoredResult {
  const result = followingRefund(batch, transactionId, run);
  followPayout(batch, transactionId);
  return result;
}
