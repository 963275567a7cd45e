import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Batch } from './batch.ts';
import type { PaymentsCommand } from './command.ts';
import { decideCapture } from './decideCapture.ts';
import { decideCreate } from './decideCreate.ts';
import { decideRefund } from './decideRefund.ts';
import { decideCancel, decideExpire } from './decideRelease.ts';

/**
 * Decides one command on top of what those before it in the batch did, and adds its changes to `batch`. A
 * refused command adds nothing.
 */
export function decide(batch: Batch, command: PaymentsCommand): StoredResult {
  switch (command.operation) {
    case 'createTransaction':
      return decideCreate(batch, command);
    case 'captureTransaction':
      return decideCapture(batch, command);
    case 'cancelTransaction':
      return decideCancel(batch, command);
    case 'expireHold':
      return decideExpire(batch, command);
    case 'refundTransaction':
      return decideRefund(batch, command);
  }
}
