import type { Uuid } from '../../../platform/id.ts';
import type { BankRailName } from '../../port.ts';
import type { ExternalAccountStatus, Verification } from '../externalAccounts/externalAccount.ts';
import type { OrderRow } from '../orders.ts';

export type MicroDepositState = 'UNDER_WAY' | 'ARRIVED' | 'FAILED';

/** A row of bank.micro_deposit. */
export interface MicroDepositRow {
  readonly externalAccountId: Uuid;
  readonly organizationId: Uuid;
  /** The Account whose money it is. */
  readonly accountId: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly holdId: Uuid;
  readonly orderIds: readonly [Uuid, Uuid];
  readonly state: MicroDepositState;
  readonly expectedBy: Date;
}

/** What of an ExternalAccount decides whether it is sent to, and changes when that fails. Nothing that is sealed. */
export interface VerifiedPlace {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid | null;
  readonly status: ExternalAccountStatus;
  readonly verification: Verification;
  readonly reason: string | null;
  readonly version: number;
}

/** One of the two orders, with what it moves in minor units. */
export interface MicroOrder extends OrderRow {
  readonly amountMinor: bigint;
}

/** Select list that yields a `MicroDepositRow`, for a table named `micro`. */
export const MICRO_DEPOSIT_COLUMNS = `micro.external_account_id as "externalAccountId",
  micro.organization_id as "organizationId", micro.account_id as "accountId", micro.rail, micro.asset,
  micro.hold_id as "holdId", array[micro.first_order_id, micro.second_order_id] as "orderIds", micro.state,
  micro.expected_by as "expectedBy"`;
