import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { SaidVerdict } from '../gates/giveVerdict.ts';
import type { Party } from '../party.ts';
import type { NewPayoutItem } from './payoutItem.ts';

/** createPayoutBatch and uploadPayoutBatch: checked, complete, with the ids of whatever it will make. */
export interface CreatePayoutBatchCommand extends Command {
  readonly operation: 'createPayoutBatch' | 'uploadPayoutBatch';
  readonly batchId: Uuid;
  readonly eventId: Uuid;
  readonly source: Party;
  readonly asset: string;
  /** The ApiKey or Member that asks. */
  readonly createdBy: string;
  readonly items: readonly NewPayoutItem[];
  readonly totalMinor: bigint;
  readonly description: string | null;
  readonly externalId: string | null;
}

export interface CancelPayoutBatchCommand extends Command {
  readonly operation: 'cancelPayoutBatch';
  readonly batchId: Uuid;
  readonly eventId: Uuid;
}

/** Approves or rejects a batch as a whole. */
export interface DecidePayoutApprovalCommand extends Command, SaidVerdict {
  readonly operation: 'approvePayoutBatch' | 'rejectPayoutBatch';
  readonly batchId: Uuid;
  readonly eventId: Uuid;
}

/** Sent by our own worker, without a key: ends a batch that nobody approved in time. */
export interface ExpirePayoutApprovalCommand extends Command {
  readonly operation: 'expirePayoutApproval';
  readonly batchId: Uuid;
  readonly eventId: Uuid;
}

export type PayoutCommand =
  | CreatePayoutBatchCommand
  | CancelPayoutBatchCommand
  | DecidePayoutApprovalCommand
  | ExpirePayoutApprovalCommand;
