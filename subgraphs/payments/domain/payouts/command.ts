import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
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

export type PayoutCommand = CreatePayoutBatchCommand | CancelPayoutBatchCommand;
