import type { Uuid } from '../../../../platform/id.ts';
import type { MicroRows } from '../../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import type {
  MicroDepositRow,
  MicroOrder,
  VerifiedPlace,
} from '../../../../rails/bank/microDeposits/microDeposit.ts';

/** What became of micro-deposits, to be told; never an amount. */
export interface MicroStep {
  readonly fact: 'MicroDepositsArrived' | 'Declined';
  readonly place: VerifiedPlace;
}

/** Locked ExternalAccounts with their micro-deposits, with the changes of this batch on top. */
export interface MicroBatch {
  readonly places: Map<Uuid, VerifiedPlace>;
  readonly rows: Map<Uuid, MicroDepositRow>;
  readonly orders: ReadonlyMap<Uuid, MicroOrder>;
  readonly changed: Set<Uuid>;
  readonly changedPlaces: Set<Uuid>;
  /** Orders that the books know of now, each with the version that they knew before. */
  readonly settled: { readonly row: MicroOrder; readonly fromVersion: number }[];
  readonly steps: MicroStep[];
}

export function microBatch(known?: MicroRows): MicroBatch {
  return {
    places: new Map(known?.places),
    rows: new Map(known?.rows),
    orders: known?.orders ?? new Map(),
    changed: new Set(),
    changedPlaces: new Set(),
    settled: [],
    steps: [],
  };
}

export function putMicroDeposit(batch: MicroBatch, row: MicroDepositRow): void {
  batch.rows.set(row.externalAccountId, row);
  batch.changed.add(row.externalAccountId);
}

/** Changes an ExternalAccount by one version, and tells it. */
export function tellPlace(
  batch: MicroBatch,
  before: VerifiedPlace,
  change: Partial<VerifiedPlace>,
  fact: MicroStep['fact'],
): void {
  const place = { ...before, ...change, version: before.version + 1 };
  batch.places.set(place.id, place);
  batch.changedPlaces.add(place.id);
  batch.steps.push({ fact, place });
}
