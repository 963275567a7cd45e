import { ApiError } from '../../../platform/errors.ts';
import type { Viewer } from '../../../platform/viewer.ts';

/** True for what acts for one Customer and runs in a payer's browser, whatever its scopes say. */
export function isClient({ kind, customerId }: Viewer): boolean {
  return kind === 'CLIENT' || customerId !== undefined;
}

/** A client token acts for one Customer, and the idempotency keys of its organization are not its own. @throws {ApiError} */
export function refuseClient(viewer: Viewer): void {
  if (isClient(viewer))
    throw new ApiError('FORBIDDEN', 'a client token cannot open or fund wallets; use a secret key');
}

/** The books are the organization's business. @throws {ApiError} FORBIDDEN */
export function requireWholeOrganization(viewer: Viewer): void {
  if (isClient(viewer)) throw new ApiError('FORBIDDEN', 'a client token of one customer cannot see this');
}
