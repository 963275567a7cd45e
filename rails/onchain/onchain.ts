import type { Journal } from '../../ledger/transfer.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Finality, Movement, RailName, Resolution } from '../port.ts';
import { capture, hold, release } from '../singleTransfer.ts';

/** Money that is on its way to or from a chain has no date at which it would come back by itself. */
export interface ChainRail {
  readonly name: RailName;
  /** True when the rail may return money after completion. */
  readonly isReversible: boolean;
  /** Finality of a Transaction from its beginning, and from its completion on. */
  readonly finality: { readonly open: Finality; readonly completed: Finality };
  /** Reserves the money until the chain has decided; one side is the OMNIBUS account of the Network. */
  hold(movement: Movement): Journal;
  /** Takes all of what is held. */
  capture(resolution: Resolution): Journal;
  /** Frees what is held. */
  release(resolution: Resolution): Journal;
}

/** What moves on a chain without a Transaction: gas, and what cannot be attributed. */
export interface OwnMovement {
  /** Of what caused it, so that posting again never moves money twice. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly debitAccountId: Uuid;
  readonly creditAccountId: Uuid;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
  readonly description: string;
}

/**
 * ONCHAIN: between a Wallet's Account and the OMNIBUS account that stands for what the organization has on a Network.
 */
export const ONCHAIN: ChainRail = {
  name: 'ONCHAIN',
  isReversible: false,
  finality: { open: 'PROVISIONAL', completed: 'FINAL' },
  hold,
  capture,
  release,
};

/** The Journal of an OwnMovement. */
export function ownJournal(movement: OwnMovement): Journal {
  const { id, organizationId, debitAccountId, creditAccountId, amountMinor, description } = movement;
  const single = { id, kind: 'SINGLE', debitAccountId, creditAccountId, amount: amountMinor } as const;
  return { id, organizationId, transactionId: null, transfers: [{ ...single, description }] };
}
