import type { Uuid } from '../../../platform/id.ts';
import type { LegSide } from './transaction.ts';

/** How far a timeline has told the way of money on a chain. */
export type OnchainStage = 'SUBMITTED' | 'BROADCAST' | 'INCLUDED' | 'REORGED';

/** The side of a Transaction that is on a chain. */
export interface OnchainLeg {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly side: LegSide;
  /** Code of the Network. */
  readonly network: string;
  /** The address outside, lower-case. */
  readonly address: string;
  readonly stage: OnchainStage;
  /** What the timeline last named: of a send, what carries it; of a deposit, the deposit itself. */
  readonly chainTransactionId: Uuid | null;
  readonly transactionHash: string | null;
}
