import type { Uuid } from '../../../platform/id.ts';
import type { LegSide } from './transaction.ts';
import type { TransactionEventKind, TransactionStatus } from './transitions.ts';

/** One step of a Transaction's timeline: the same whether it is read from a row or from an event's payload. */
export interface TransactionEvent {
  readonly id: Uuid;
  readonly transactionId: Uuid;
  /** Gap-free from 1 within the Transaction. */
  readonly version: number;
  readonly kind: TransactionEventKind;
  /** Status of the Transaction after it. */
  readonly status: TransactionStatus;
  readonly leg: LegSide | null;
  readonly amountMinor: bigint | null;
  /** Asset that the amount counts. */
  readonly asset: string;
  readonly relatedTransactionId: Uuid | null;
  /** The ChainTransaction that it tells of: a send's carrier, or the deposit itself. */
  readonly chainTransactionId: Uuid | null;
  readonly transactionHash: string | null;
  readonly reasonCode: string | null;
  readonly reasonMessage: string | null;
  readonly reasonRetryable: boolean | null;
  readonly nextAction: 'CAPTURE' | 'APPROVE' | 'PICK_UP' | null;
  readonly expectedBy: Date | null;
  readonly terminal: boolean;
  readonly occurredAt: Date;
}
