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

/**
 * Decides one command on top of what those before it in the batch did, and adds its changes to `batch`. A
 * refused command adds nothing.
 */
export function decide(batch: Batch, command: PaymentsCommand): StoredResult {
  switch (command.operation) {
    case 'createTransaction': {
      const pay = () => {
        if (isPayout(command)) return declaring(batch, command, () => decidePayout(batch, command));
        if (isPickup(command)) return decideCashPickup(batch, command);
        return isSend(command) ? decideSend(batch, command) : decideCreate(batch, command);
      };
      return 'paysItem' in command && command.paysItem
        ? decidePayoutItem(batch, command.transactionId, pay)
        : pay();
    }
    case 'captureTransaction':
      return decideCapture(batch, command);
    case 'cancelTransaction':
      return followed(batch, command.transactionId, () => decideCancel(batch, command));
    case 'expireHold':
      return decideExpire(batch, command);
    case 'refundTransaction':
      return decideRefund(batch, command);
    case 'retryRefund':
      return decideRetryRefund(batch, command);
    case 'setDefaultReturnPolicy':
      return decideDefaultReturnPolicy(batch, command);
    case 'dismissRefund':
      return decideDismissRefund(batch, command);
    case 'assignReturn':
      return decideAssignReturn(batch, command);
    case 'accelerateTransaction':
      return decideAccelerate(batch, command);
    case 'settleDeposit':
      return decideSettleDeposit(batch, command);
    case 'settleSend':
      return followed(batch, command.transactionId, () => decideSettleSend(batch, command));
    case 'settleFee':
      return decideSettleFee(batch, command);
    case 'createQuote':
      return decideCreateQuote(batch, command);
    case 'acceptQuote':
      return declaring(batch, command, () => decideAcceptQuote(batch, command));
    case 'expireQuote':
      return decideExpireQuote(batch, command);
    case 'setPlatformFee':
      return decideSetPlatformFee(batch, command);
    case 'settleOrder':
      return followed(batch, command.transactionId, () => decideSettleOrder(batch, command));
    case 'settleReceipt':
      return decideSettleReceipt(batch, command);
    case 'assignReceipt':
      return decideAssignReceipt(batch, command);
    case 'settleLine':
      return decideSettleLine(batch, command);
    case 'resolveReconciliationItem':
      return decideResolveItem(batch, command);
    case 'assignDeposit':
      return decideAssignDeposit(batch, command);
    case 'sendMicroDeposits':
      return decideSendMicroDeposits(batch, command);
    case 'settleMicroDeposits':
      return decideSettleMicroDeposits(batch, command);
    case 'finalizeTransaction':
      return decideFinalize(batch, command);
    case 'approveTransaction':
    case 'rejectTransaction':
      return followingRefund(batch, command.transactionId, () => decideApproval(batch, command));
    case 'endWaiting':
      return followingRefund(batch, command.transactionId, () => decideEndWaiting(batch, command));
    case 'openReview':
      return decideOpenReview(batch, command);
    case 'decideReview': {
      const decided = () => decideReview(batch, command);
      return command.transactionId === null
        ? decided()
        : followingRefund(batch, command.transactionId, decided);
    }
    case 'assignReview':
      return decideAssignReview(batch, command);
    case 'createCashIn':
      return decideCreateCashIn(batch, command);
    case 'refreshCashIn':
      return decideRefreshCashIn(batch, command);
    case 'cancelCashIn':
      return decideCancelCashIn(batch, command);
    case 'expireCashIn':
      return decideExpireCashIn(batch, command);
    case 'settleCashOrder':
      return decideSettleCashOrder(batch, command);
    case 'settleCashReceipt':
      return decideSettleCashReceipt(batch, command);
    case 'assignCashReceipt':
      return decideAssignCashReceipt(batch, command);
  }
}

/** Runs what may end a Transaction, and tells those who wait for it: the original of a refund, the batch of an item. */
function followed(batch: Batch, transactionId: Uuid, run: () => StoredResult): StoredResult {
  const result = followingRefund(batch, transactionId, run);
  followPayout(batch, transactionId);
  return result;
}
