import type { Database } from '../../../platform/postgres.ts';
import type { CustomerVault } from '../adapters/customerVault.ts';
import { mergeSealed, type PersonalChange, type SealedChange } from '../domain/personalData.ts';
import { lockCustomers, sealClearCustomer } from '../store/customerWrites.ts';
import type { CustomerRow } from '../store/rows.ts';

interface Sealing {
  /** As role omsx_accounts_writer. */
  readonly writer: Database;
  readonly vault: CustomerVault;
}

/**
 * A change of a Customer's data as the lane carries it. Calls the vault, and so stands before the lane. Null when the
 * data was erased. Safe to retry. @throws {KeyVaultError}
 */
export async function sealChange(
  sealing: Sealing,
  customer: CustomerRow,
  change: PersonalChange,
): Promise<SealedChange | null> {
  const current = customer.wrappedKey === null ? await sealClear(sealing, customer) : customer;
  const { id, wrappedKey } = current;
  return wrappedKey === null ? null : await sealing.vault.seal({ id, wrappedKey }, change);
}

/** Seals what a Customer from before has in clear. Of two that do it at once, the first one's key stays. */
export async function sealClear(sealing: Sealing, customer: CustomerRow): Promise<CustomerRow> {
  const { writer, vault } = sealing;
  if (customer.erasedAt !== null) return customer;
  const { id } = customer;
  const wrappedKey = await vault.begin(id);
  const sealed = mergeSealed({}, await vault.seal({ id, wrappedKey }, await vault.open(customer)));
  return await writer.write(async (tx) => {
    await sealClearCustomer(tx, { id, wrappedKey, sealed });
    return (await lockCustomers(tx, [id])).get(id) ?? customer;
  });
}
