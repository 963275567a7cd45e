import type { Journal } from '../../ledger/transfer.ts';
import type { Movement, Resolution } from '../port.ts';
import { capture, hold, moveNow, release } from '../singleTransfer.ts';

/** Money between an Account and the CLEARING account at a rail. */
interface BankRail {
  /** Reserves the money of a payout. The Hold has no end: only what the bank says, or a cancellation in time, resolves it. */
  hold(movement: Movement): Journal;
  /** Takes all of what is held. */
  capture(resolution: Resolution): Journal;
  /** Frees what is held. */
  release(resolution: Resolution): Journal;
  /** Moves money at once: what arrived, what was assigned, what came back. */
  move(movement: Movement): Journal;
}

export const BANK: BankRail = { hold, capture, release, move: moveNow };
