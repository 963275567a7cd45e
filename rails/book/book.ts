import type { Rail } from '../port.ts';
import { capture, hold, moveNow, release } from '../singleTransfer.ts';

/** BOOK: between two Accounts of our own ledger. There is no outside, so that what is posted is final. */
export const BOOK: Rail = {
  name: 'BOOK',
  isReversible: false,
  finality: 'FINAL',
  transfer: moveNow,
  hold,
  capture,
  release,
  refund: (original) =>
    moveNow({
      ...original,
      sourceAccountId: original.destinationAccountId,
      destinationAccountId: original.sourceAccountId,
    }),
};
