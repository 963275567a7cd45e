import { hasScope } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import { maskData, type PersonalData } from '../domain/personalData.ts';
import type { CustomerRow } from '../store/rows.ts';

/** Rows live as long as a request, so that what was opened is forgotten with them. */
const opened = new WeakMap<CustomerRow, Promise<Partial<PersonalData>>>();

/** What the Viewer may see of a Customer: all of it, or masked. Opened once for all fields of a request. */
export async function personalOf(customer: CustomerRow, context: Context): Promise<Partial<PersonalData>> {
  const data = opened.get(customer) ?? context.services.vault.open(customer);
  opened.set(customer, data);
  return hasScope(context.viewer, 'customers:pii:read') ? await data : maskData(await data);
}
