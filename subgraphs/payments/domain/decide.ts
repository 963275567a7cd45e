import type { StoredResult } from '../../../platform/commandLane.ts';
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
import { decideAssignReceipt } from './decideAssignReceipt.ts';
import { decideCapture } from './decideCapture.ts';
import { decideCreate } from './decideCreate.ts';
import { decideCreateQuote } from './decideCreateQuote.ts';
import { decideFinalize } from './decideFinalize.ts';
import { decidePayout } from './decidePayout.ts';
import { decideRefund } from './decideRefund.ts';
import { decideCancel, decideExpire } from './decideRelease.ts';
import { decideSend } from './decideSend.ts';
import { decideSetPlatformFee } from './decideSetPlatformFee.ts';
import { decideSettleDeposit } from './decideSettleDeposit.ts';
import { decideSettleFee } from './decideSettleFee.ts';
import { decideSettleOrder } from './decideSettleOrder.ts';
import { decideSettleReceipt } from './decideSettleReceipt.ts';
import { decideSettleSend } from './decideSettleSend.ts';
import { decidePayoutItem, followPayout } from './payouts/decidePayoutItem.ts';

/**
 * Decides one command on top of what those before it in the batch did, and adds its changes to `batch`. A
 * refused command adds nothing.
 */
export function decide(batch: Batch, command: PaymentsCommand): StoredResult {
  switch (command.operation) {
    case 'createTransaction': {
      if (isPayout(command)) return decidePayout(batch, command);
      if (isPickup(command)) return decideCashPickup(batch, command);
      const pay = () => (isSend(command) ? decideSend(batch, command) : decideCreate(batch, command));
      return command.paysItem ? decidePayoutItem(batch, command.transactionId, pay) : pay();
    }
    case 'captureTransaction':
      return decideCapture(batch, command);
    case 'cancelTransaction':
      return decideCancel(batch, command);
    case 'expireHold':
      return decideExpire(batch, command);
    case 'refundTransaction':
      return decideRefund(batch, command);
    case 'accelerateTransaction':
      return decideAccelerate(batch, command);
    case 'settleDeposit':
      return decideSettleDeposit(batch, command);
    case 'settleSend': {
      const result = decideSettleSend(batch, command);
      followPayout(batch, command.transactionId);
      return result;
    }
    case 'settleFee':
      return decideSettleFee(batch, command);
    case 'createQuote':
      return decideCreateQuote(batch, command);
    case 'acceptQuote':
      return decideAcceptQuote(batch, command);
    case 'expireQuote':
      return decideExpireQuote(batch, command);
    case 'setPlatformFee':
      return decideSetPlatformFee(batch, command);
    case 'settleOrder':
      return decideSettleOrder(batch, command);
    case 'settleReceipt':
      return decideSettleReceipt(batch, command);
    case 'assignReceipt':
      return decideAssignReceipt(batch, command);
    case 'finalizeTransaction':
      return decideFinalize(batch, command);
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
