import { retryRefund } from '../commands/refunds/retryRefund.ts';
import { type DueRefund, nextRefunds } from '../store/refunds/nextRefunds.ts';
import type { Expiring } from './expire.ts';

/** Refunds that did not arrive are tried again when they are due, as what has run out is expired. */
export const REFUND_RETRIES: Expiring<DueRefund> = {
  name: 'refund retries',
  next: nextRefunds,
  commandOf: retryRefund,
};
