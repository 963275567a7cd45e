import type { Connection } from '../../platform/connection.ts';
import { formatId, type Uuid } from '../../platform/id.ts';
import type { MoneyView } from '../../platform/scalars.ts';
import type { WalletRow } from './store/rows.ts';

export type WalletConnectionView = Connection<WalletRow>;

/** An Account or Customer as we know it: by its id. What else there is to it, the accounts subgraph says. */
export interface ReferenceView {
  readonly id: string;
  readonly uuid: Uuid;
}

export interface SandboxFundingView {
  readonly __typename: 'SandboxFunding';
  readonly account: ReferenceView;
  readonly amount: MoneyView;
}

export function accountView(uuid: Uuid): ReferenceView {
  return { id: formatId('acc', uuid), uuid };
}

export function customerView(uuid: Uuid): ReferenceView {
  return { id: formatId('cus', uuid), uuid };
}
