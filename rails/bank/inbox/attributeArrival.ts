import { isUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ArrivalEvent } from '../provider.ts';
import { findVirtualAccountFor } from '../virtualAccounts/findVirtualAccountFor.ts';
import { findCreditedAccount } from './findCreditedAccount.ts';

/** Why what arrived is nobody's yet. */
export type SuspenseReason =
  | 'UNKNOWN'
  | 'PAUSED'
  | 'CLOSED'
  | 'OTHER_ASSET'
  | 'ACCOUNT_CLOSED'
  | 'NO_RATE'
  | 'NO_PRICE';

/** Whom an arrival is for, as far as that is known when it is taken in. */
export interface Attributed {
  readonly organizationId: Uuid;
  /** Null for what goes to suspense. */
  readonly accountId: Uuid | null;
  /** Where it came in; named also where it is paused or closed. */
  readonly virtualAccountId: Uuid | null;
  readonly suspenseReason: SuspenseReason | null;
  /** What it becomes when it is credited; null where it stays as it is. */
  readonly convertsTo: string | null;
}

/** Nobody's, and as it is. */
const NOWHERE = { accountId: null, virtualAccountId: null, convertsTo: null } as const;

const FIND_ORGANIZATION = statement(
  'bank.find_organization',
  `select 1 from ledger.holder where id = $1 and kind = 'ORGANIZATION'`,
);

/**
 * Whom an arrival is for, as of now: by the details that the payer was given, and only where it came in at the
 * organization's own account by what the payer wrote. Null when not even the organization is known. Role omsx_bank.
 * Safe to retry.
 *
 * @param placeKey of `placeKeyOf`
 */
export async function attributeArrival(
  tx: Tx,
  placeKey: Buffer,
  event: ArrivalEvent,
): Promise<Attributed | null> {
  const { paidTo, asset, reference } = event;
  const named = await findOrganization(tx, event.customer);
  if (paidTo === null) {
    if (named === null) return null;
    const accountId = await findCreditedAccount(tx, { organizationId: named, asset, reference });
    const suspenseReason = accountId === null ? 'UNKNOWN' : null;
    return { ...NOWHERE, organizationId: named, accountId, suspenseReason };
  }
  const found = await findVirtualAccountFor(tx, placeKey, { ...paidTo, asset });
  const owner = found.virtualAccount?.organizationId ?? null;
  const organizationId = named ?? owner;
  if (organizationId === null) return null;
  // Held by the bank for one tenant and paid to the details of another: neither is to get it unasked.
  if (found.virtualAccount === null || owner !== organizationId) {
    return { ...NOWHERE, organizationId, suspenseReason: 'UNKNOWN' };
  }
  const { id: virtualAccountId, accountId, convertsTo } = found.virtualAccount;
  return found.kind === 'CREDIT'
    ? { organizationId, accountId, virtualAccountId, suspenseReason: null, convertsTo }
    : { ...NOWHERE, organizationId, virtualAccountId, suspenseReason: found.reason };
}

async function findOrganization(tx: Tx, customer: string): Promise<Uuid | null> {
  if (!isUuid(customer)) return null;
  return (await tx.rows(FIND_ORGANIZATION, [customer])).length === 0 ? null : customer;
}
