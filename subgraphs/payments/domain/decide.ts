import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Batch } from './batch.ts';
import { isSend, type PaymentsCommand } from './command.ts';
import { decideAccelerate } from './decideAccelerate.ts';
import { decideCapture } from './decideCapture.ts';
import { decideCreate } from './decideCreate.ts';
import { decideRefund } from './decideRefund.ts';
import { decideCancel, decideExpire } from './decideRelease.ts';
import { decideSend } from './decideSend.ts';
import { decideSettleDeposit } from './decideSettleDeposit.ts';
import { decideSettleFee } from './decideSettleFee.ts';
import { decideSettleSend } from './decideSettleSend.ts';
import { decidePayout, followPayout } from './payouts/decidePayout.ts';

/**
 * Decides one command on top of what those before it in the batch did, and adds its changes to `batch`. A
 * refused command adds nothing.
 */
export function decide(batch: Batch, command: PaymentsCommand): StoredResult {
  switch (command.operation) {
    case 'createTransaction': {
      const pay = () => (isSend(command) ? decideSend(batch, command) : decideCreate(batch, command));
      return command.paysItem ? decidePayout(batch, command.transactionId, pay) : pay();
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
  }
}
