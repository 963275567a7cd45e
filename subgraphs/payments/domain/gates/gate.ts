import type { Uuid } from '../../../../platform/id.ts';
import type { NewOrder } from '../../../../rails/bank/orders.ts';
import type { NewCashOrder } from '../../../../rails/cash/orders.ts';
import type { NewSend } from '../../../../rails/onchain/sends.ts';

/** What a rail is told once nothing is waited for any more. */
export type Instruction =
  | {
      readonly kind: 'BOOK';
      /** How long funds stay held for a capture, in seconds; null takes them at once. */
      readonly holdSeconds: number | null;
      readonly isConverted: boolean;
    }
  | { readonly kind: 'SEND'; readonly send: NewSend }
  | { readonly kind: 'ORDER'; readonly order: NewOrder }
  | { readonly kind: 'PICKUP'; readonly order: NewPickup };

/** Cash that somebody picks up, whose name is sealed. */
export type NewPickup = NewCashOrder & { readonly sealed: Uint8Array };

/** What a Transaction waits for whose money is held and of which its rail knows nothing yet. */
export interface Gate {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly instruction: Instruction;
  /** WAITING as long as an approval or a review is; OPENED once the rail was told; ENDED where it never will be. */
  readonly state: 'WAITING' | 'OPENED' | 'ENDED';
  readonly awaitsApproval: boolean;
  readonly awaitsReview: boolean;
  /** Asked to be called off by somebody who is to be answered as by the rail itself. */
  readonly isCancelAsked: boolean;
}
