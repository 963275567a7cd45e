import type { Uuid } from '../../../../platform/id.ts';
import type { OrderFactKind } from '../../orderStates.ts';

/** An order as it stands in one of our files. */
export interface SentOrder {
  readonly orderId: Uuid;
  readonly organizationId: Uuid;
  readonly key: string;
  readonly messageId: string;
  readonly groupId: string;
  readonly amountMinor: bigint;
  readonly asset: string;
  /** It came to nothing, so that it was never debited. */
  readonly isRefused: boolean;
}

/** What a file of a bank says, one thing after the other, before anybody judges it. */
export type BankWord =
  | {
      readonly type: 'ORDER';
      /** Of this word and no other, the same in every file that says it. */
      readonly id: string;
      /** The id that the bank gives back: what we wrote, if it is one of ours. */
      readonly key: string;
      readonly kind: OrderFactKind;
      /** Null where the message has none: it is then what was ordered. */
      readonly amountMinor: bigint | null;
      readonly asset: string | null;
      readonly reasonCode: string | null;
      readonly occurredAt: Date | null;
      readonly said: unknown;
    }
  | {
      /** One word for all orders of a message, or of a group in it. */
      readonly type: 'ORDERS';
      readonly id: string;
      readonly messageId: string | null;
      readonly groupId: string | null;
      readonly kind: OrderFactKind;
      /** Null where the message has none; else what the orders that are not over have to come to. */
      readonly amountMinor: bigint | null;
      readonly asset: string | null;
      readonly reasonCode: string | null;
      readonly occurredAt: Date | null;
      /** Orders of which something of their own is said. */
      readonly except: readonly string[];
      readonly said: unknown;
    }
  | {
      readonly type: 'ARRIVAL';
      readonly id: string;
      /** The bank's own id of the money. */
      readonly receiptId: string;
      readonly amountMinor: bigint;
      readonly asset: string;
      readonly reference: string;
      readonly payerAccount: string;
      readonly occurredAt: Date | null;
      readonly said: unknown;
    }
  | {
      readonly type: 'CHANGE';
      readonly id: string;
      readonly key: string;
      readonly code: string;
      readonly said: unknown;
    };

/** Why a file is not taken, in one word. */
export type FileFailure =
  | 'TOO_LARGE'
  | 'NOT_A_BANK_FILE'
  | 'NOT_READABLE'
  | 'WRONG_TOTALS'
  | 'FOREIGN_ACCOUNT'
  | 'NOT_FOR_US';

/** A file that is refused whole. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError';
  readonly reason: FileFailure;

  /** @param message without values of the file, which may be personal */
  constructor(reason: FileFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
