import type { Tx } from '../../../../platform/postgres.ts';
import {
  type HeldArrival,
  readReceiptHolds,
  writeReceiptHolds,
} from '../../../../rails/bank/receiptHolds.ts';
import { readDepositHolds, writeDepositHolds } from '../../../../rails/onchain/depositHolds.ts';
import type { HeldArrivals } from '../../domain/arrivals/heldArrivals.ts';
import type { PaymentsCommand } from '../../domain/command.ts';

/** Which of the receipts and deposits of a batch are held back, or were; once they are locked. Asks nothing without any. */
export async function readHeldArrivals(
  tx: Tx,
  commands: readonly PaymentsCommand[],
): Promise<readonly HeldArrival[]> {
  const receiptIds = commands.flatMap((command) => ('receiptId' in command ? command.receiptId : []));
  const depositIds = commands.flatMap((command) => ('depositId' in command ? command.depositId : []));
  const held = await Promise.all([readReceiptHolds(tx, receiptIds), readDepositHolds(tx, depositIds)]);
  return held.flat();
}

/** Retry only with the whole tx. */
export async function writeHeldArrivals(tx: Tx, { receipts, deposits }: HeldArrivals): Promise<void> {
  await Promise.all([
    writeReceiptHolds(tx, [...receipts.values()]),
    writeDepositHolds(tx, [...deposits.values()]),
  ]);
}
