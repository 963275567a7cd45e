import type { PayoutFault, PayoutItemRequest } from '../../domain/payouts/payoutRequest.ts';
import { readPayoutCsv } from './payoutCsv.ts';
import { readPayoutInitiation } from './payoutInitiation.ts';

/** What a file of payouts says: its items as they came, and where it could not be read. */
export interface PayoutFile {
  readonly items: readonly PayoutItemRequest[];
  readonly faults: readonly PayoutFault[];
  /** What the file calls a field of an item, for faults that are found later. */
  readonly columnOf: (field: string) => string;
}

export type PayoutFileFormat = 'CSV' | 'PAIN_001';

/**
 * One reader for each format. It is pure, never throws for what is in the text, and leaves it to whoever reads items
 * what they may hold. Another format is another line here and another value of the SDL's enum.
 */
export const PAYOUT_FILES: Readonly<Record<PayoutFileFormat, (text: string, asset: string) => PayoutFile>> = {
  CSV: readPayoutCsv,
  PAIN_001: readPayoutInitiation,
};
