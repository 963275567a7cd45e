import {
  type Answer,
  type CommandLane,
  createCommandLane,
  type Outcome,
} from '../../../../platform/commandLane.ts';
import { formatId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { type Database, type Tx, violatedConstraint } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type {
  CancelPayoutBatchCommand,
  CreatePayoutBatchCommand,
  PayoutCommand,
} from '../../domain/payouts/command.ts';
import {
  moveTally,
  type PayoutBatch,
  pendingTallies,
  withTallies,
} from '../../domain/payouts/payoutBatch.ts';
import { missing } from '../../domain/results.ts';
import { payoutEvent } from '../../events/payouts.ts';
import { insertApprovals } from '../../store/gates/writeApprovals.ts';
import { cancelPending, lockPayoutBatch } from '../../store/payouts/cancelPending.ts';
import {
  findPayoutExternalId,
  insertPayoutBatch,
  PAYOUT_EXTERNAL_ID_KEY,
} from '../../store/payouts/insertPayoutBatch.ts';
import { updatePayoutBatches } from '../../store/payouts/updatePayouts.ts';
import { askPayoutApproval } from '../gates/askPayoutApproval.ts';
import {
  approvalEvent,
  cancelPayoutApproval,
  decideExpirePayoutApproval,
  decidePayoutApproval,
} from '../gates/decidePayoutApproval.ts';

/** Batches of 10,000 items that one tx may carry, and that may wait: some megabytes each. */
const BATCH_SIZE_MAX = 4;
const QUEUE_MAX = 50;
/** The winner has committed when the loser is told, so that the second attempt finds it; more is for luck. */
const EXTERNAL_ID_ATTEMPTS_MAX = 3;

const READ_CLOCK = statement('payments.read_payouts_clock', 'select clock_timestamp() as now');

/**
 * Takes in and cancels PayoutBatches. A lane of its own, because thousands of rows of one client would otherwise hold
 * up the payments of all. It never locks Accounts or Transactions.
 *
 * @param database role omsx_payments_writer
 */
export function createPayoutsLane(database: Database): CommandLane<PayoutCommand> {
  const lane = createCommandLane<PayoutCommand>({
    name: 'payouts',
    database,
    handle,
    limits: { batchSizeMax: BATCH_SIZE_MAX, queueMax: QUEUE_MAX },
  });
  return { submit: (command) => submitPastRace(lane, command), drain: () => lane.drain() };
}

/** A command that lost the race for an externalId is decided once more, and then comes to ExternalIdTaken. */
async function submitPastRace(lane: CommandLane<PayoutCommand>, command: PayoutCommand): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await lane.submit(command);
    } catch (error) {
      if (violatedConstraint(error) !== PAYOUT_EXTERNAL_ID_KEY || attempt >= EXTERNAL_ID_ATTEMPTS_MAX)
        throw error;
    }
  }
}

/** In order of the batches' ids where they are locked, so that two processes never wait for each other. */
async function handle(tx: Tx, commands: readonly PayoutCommand[]): Promise<readonly Outcome[]> {
  const outcomes = new Map<PayoutCommand, Outcome>();
  const inOrder = [...commands].sort((a, b) => (a.batchId < b.batchId ? -1 : 1));
  for (const command of inOrder) {
    outcomes.set(command, await decide(tx, command));
  }
  return commands.map((command) => present(outcomes.get(command), 'an outcome'));
}

function decide(tx: Tx, command: PayoutCommand): Promise<Outcome> {
  switch (command.operation) {
    case 'cancelPayoutBatch':
      return cancel(tx, command);
    case 'approvePayoutBatch':
    case 'rejectPayoutBatch':
      return decidePayoutApproval(tx, command, () => readClock(tx));
    case 'expirePayoutApproval':
      return decideExpirePayoutApproval(tx, command, () => readClock(tx));
    default:
      return create(tx, command);
  }
}

async function readClock(tx: Tx): Promise<Date> {
  const [clock] = await tx.rows<{ readonly now: Date }>(READ_CLOCK);
  return present(clock, 'the clock').now;
}

async function create(tx: Tx, command: CreatePayoutBatchCommand): Promise<Outcome> {
  const { organizationId, externalId, batchId: id } = command;
  const existingId = externalId === null ? null : await findPayoutExternalId(tx, organizationId, externalId);
  if (existingId !== null) {
    return { result: { type: 'PayoutExternalIdTaken', externalId, existingId }, events: [] };
  }
  const now = await readClock(tx);
  const approval = await askPayoutApproval(tx, command, now);
  const batch: PayoutBatch = {
    id,
    organizationId,
    status: approval ? 'AWAITING_APPROVAL' : 'VALIDATED',
    version: 1,
    sourceAccountId: command.source.accountId,
    sourceIsWallet: command.source.isWallet,
    asset: command.asset,
    createdBy: command.createdBy,
    description: command.description,
    externalId,
    tallies: pendingTallies(command.items.length, command.totalMinor),
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
  await insertPayoutBatch(tx, batch, command.items);
  const result = { type: 'PayoutBatch', batchId: id };
  const created = payoutEvent(command.eventId, 'CREATED', batch);
  if (approval === null) return { result, events: [created] };
  await insertApprovals(tx, [approval]);
  return { result, events: [created, approvalEvent(approval, 'ApprovalRequested')] };
}

/** What waits is canceled under the batch's lock, so that no item is both paid and canceled. */
async function cancel(tx: Tx, command: CancelPayoutBatchCommand): Promise<Outcome> {
  const { organizationId, batchId } = command;
  const before = await lockPayoutBatch(tx, organizationId, batchId);
  if (!before) return { result: missing(formatId('bat', batchId)), events: [] };
  const { PENDING: waiting } = before.tallies;
  if (waiting.count === 0) {
    return { result: { type: 'PayoutBatchEnded', batchId, status: before.status }, events: [] };
  }
  const now = await readClock(tx);
  const after = withTallies(before, moveTally(before.tallies, 'PENDING', 'CANCELED', waiting), now);
  await cancelPending(tx, before, now);
  await updatePayoutBatches(tx, [{ before, after }]);
  return {
    result: { type: 'PayoutBatch', batchId },
    events: [
      payoutEvent(command.eventId, 'CANCELED', after),
      ...(await cancelPayoutApproval(tx, before, now)),
    ],
  };
}
