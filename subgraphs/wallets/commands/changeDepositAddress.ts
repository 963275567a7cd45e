import { type Command, fingerprintOf, type Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { DepositAddressStatus } from '../../../rails/onchain/depositAddresses/depositAddress.ts';
import {
  type LockedDepositAddress,
  lockDepositAddresses,
  updateDepositAddresses,
} from '../../../rails/onchain/depositAddresses/writeDepositAddresses.ts';
import { depositAddressChanged } from '../events.ts';

/** By the mutation: the status that comes of it, and the fact that is told. */
const CHANGES = {
  pauseDepositAddress: { status: 'PAUSED', fact: 'Paused' },
  resumeDepositAddress: { status: 'ACTIVE', fact: 'Resumed' },
  closeDepositAddress: { status: 'CLOSED', fact: 'Closed' },
} as const satisfies Readonly<Record<string, { status: DepositAddressStatus; fact: string }>>;

type ChangeOperation = keyof typeof CHANGES;

export interface ChangeDepositAddress extends Command {
  readonly operation: ChangeOperation;
  readonly depositAddressId: Uuid;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readChangeDepositAddress(
  organizationId: Uuid,
  operation: ChangeOperation,
  request: { readonly idempotencyKey: string; readonly id: string },
): ChangeDepositAddress | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const depositAddressId = parseId('dep', request.id);
  if (depositAddressId === null) return notFound(request.id);
  const { idempotencyKey } = request;
  const fingerprint = fingerprintOf({ depositAddressId });
  return { organizationId, operation, idempotencyKey, fingerprint, depositAddressId };
}

/** Decides a batch in order on top of the locked rows. One that is so already is answered as it is; what is closed stays so. */
export async function changeDepositAddresses(
  tx: Tx,
  commands: readonly ChangeDepositAddress[],
): Promise<readonly Outcome[]> {
  if (commands.length === 0) return [];
  const ids = [...new Set(commands.map(({ depositAddressId }) => depositAddressId))];
  const rows = await lockDepositAddresses(tx, ids);
  const changed = new Map<Uuid, LockedDepositAddress>();
  const outcomes = commands.map(({ operation, organizationId, depositAddressId }): Outcome => {
    const row = rows.get(depositAddressId);
    const id = formatId('dep', depositAddressId);
    if (row?.organizationId !== organizationId) return { result: { type: 'NotFound', id }, events: [] };
    const { status, fact } = CHANGES[operation];
    const result = { type: 'DepositAddress', id: depositAddressId };
    if (row.status === status) return { result, events: [] };
    if (row.status === 'CLOSED') return { result: { type: 'DepositAddressClosed', id }, events: [] };
    const next = { ...row, status, version: row.version + 1 };
    rows.set(next.id, next);
    changed.set(next.id, next);
    return { result, events: [depositAddressChanged(fact, next)] };
  });
  await updateDepositAddresses(tx, [...changed.values()]);
  return outcomes;
}
