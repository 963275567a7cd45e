import DataLoader from 'dataloader';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { CashPickupRow, SealedCash } from '../../../rails/cash/reads.ts';
import { type CashInRow, findCashIns } from '../store/cash/findCashIns.ts';
import { findAllCashPickups, findAllSealedCash } from '../store/gates/findWaitingLegs.ts';

const LOAD_SIZE_MAX = 1_000;

/** Batched reads of cash of one request; a client token sees the CashIns of its own Customer. */
export interface CashLoaders {
  findCashIn(id: Uuid): Promise<CashInRow | null>;
  /** The CashIn that a Transaction paid. */
  findCashInOf(transactionId: Uuid): Promise<CashInRow | null>;
  /** What waits to be picked up of a Transaction that the Viewer may see. */
  findPickup(transactionId: Uuid): Promise<CashPickupRow | null>;
  /** For whoever may have it opened. */
  findSealed(orderId: Uuid): Promise<SealedCash | null>;
  /** Forgets what was read, because it may have changed. */
  renew(): void;
}

/** New for each request: a Loader remembers what it read. */
export function createCashLoaders(reads: Database, viewer: Viewer): CashLoaders {
  const { organizationId } = viewer;
  const sized = { maxBatchSize: LOAD_SIZE_MAX };
  type Ids = readonly Uuid[];
  const cashIns = new DataLoader((ids: Ids) => findCashIns(reads, viewer, 'id', ids), sized);
  const paid = new DataLoader((ids: Ids) => findCashIns(reads, viewer, 'transactionId', ids), sized);
  const pickups = new DataLoader((ids: Ids) => findAllCashPickups(reads, organizationId, ids), sized);
  const sealed = new DataLoader((ids: Ids) => findAllSealedCash(reads, organizationId, ids), sized);
  return {
    findCashIn: (id) => cashIns.load(id),
    findCashInOf: (id) => paid.load(id),
    findPickup: (id) => pickups.load(id),
    findSealed: (id) => sealed.load(id),
    renew() {
      for (const loader of [cashIns, paid, pickups, sealed]) loader.clearAll();
    },
  };
}
