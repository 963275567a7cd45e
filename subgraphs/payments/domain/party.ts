import type { Uuid } from '../../../platform/id.ts';

/** A side as the client named it. */
export interface Party {
  /** The public id as it came, for answers. */
  readonly id: string;
  readonly accountId: Uuid;
  readonly isWallet: boolean;
}
