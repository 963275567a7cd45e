import type { Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';

/** Who holds this secret key, or null. Safe to retry. @throws when it cannot be found out just now. */
export type Authenticate = (token: string) => Promise<Viewer | null>;

/** True when the Viewer may see what belongs to `customerId`: a client token sees its own Customer only. */
export function canSeeCustomer(viewer: Viewer, customerId: Uuid): boolean {
  return viewer.customerId === undefined || viewer.customerId === customerId;
}

/** `canSeeCustomer` for what may be the organization's own, which a client token never sees. */
export function canSeeOwner(viewer: Viewer, customerId: Uuid | null): boolean {
  return viewer.customerId === undefined || viewer.customerId === customerId;
}
