import type { SystemAccount } from '../../../../ledger/open.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { NewEvent } from '../../../../platform/outbox.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { assetOfRail } from '../../../../rails/bank/catalog/bankRails.ts';
import type { MicroRows } from '../../../../rails/bank/microDeposits/lockMicroDeposits.ts';
import {
  writeMicroDeposits,
  writeVerifiedPlaces,
} from '../../../../rails/bank/microDeposits/writeMicroDeposits.ts';
import { settleOrders } from '../../../../rails/bank/orders.ts';
import type { EventType, ObjectPayload } from '../../../../schema/events.ts';
import type { Batch } from '../../domain/batch.ts';
import type { PaymentsCommand } from '../../domain/command.ts';

/** ExternalAccounts that a batch of the lane sends micro-deposits to, or settles those of. */
export function microIdsOf(commands: readonly PaymentsCommand[]): readonly Uuid[] {
  return commands.flatMap((command) =>
    command.operation === 'sendMicroDeposits' || command.operation === 'settleMicroDeposits'
      ? [command.externalAccountId]
      : [],
  );
}

/** The accounts that stand for rails, and suspense for what a bank returns. */
export function microSystemAccounts(
  commands: readonly PaymentsCommand[],
  { rows }: MicroRows,
): readonly SystemAccount[] {
  const asked = commands.flatMap((command): SystemAccount[] =>
    command.operation === 'sendMicroDeposits'
      ? [clearingOf(command.organizationId, assetOfRail(command.rail), command.rail)]
      : [],
  );
  const known = [...rows.values()].flatMap(({ organizationId, asset, rail }): SystemAccount[] => [
    clearingOf(organizationId, asset, rail),
    { organizationId, kind: 'SUSPENSE', asset },
  ]);
  return [...asked, ...known];
}

function clearingOf(organizationId: Uuid, asset: string, place: string): SystemAccount {
  return { organizationId, kind: 'CLEARING', asset, place };
}

/** Writes what a batch of the lane did to micro-deposits, in its tx. Retry only with the whole tx. */
export async function writeMicro(tx: Tx, { micro }: Batch): Promise<void> {
  if (micro.changed.size + micro.changedPlaces.size + micro.settled.length === 0) return;
  const rows = [...micro.changed].map((id) => present(micro.rows.get(id), `micro-deposits ${id}`));
  const places = [...micro.changedPlaces].map((id) => present(micro.places.get(id), `place ${id}`));
  await Promise.all([
    writeMicroDeposits(tx, rows),
    writeVerifiedPlaces(tx, places),
    settleOrders(tx, micro.settled),
  ]);
}

/** One event for each ExternalAccount that moved. */
export function microEventsOf({ micro, newId }: Batch): readonly NewEvent[] {
  return micro.steps.map(({ fact, place }) => ({
    id: newId(),
    organizationId: place.organizationId,
    type: `ExternalAccount${fact}` satisfies EventType,
    aggregateId: place.id,
    version: place.version,
    subjects: place.customerId === null ? [place.id] : [place.id, place.customerId],
    payload: JSON.stringify({ id: place.id } satisfies ObjectPayload),
  }));
}
