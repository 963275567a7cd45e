import type { Uuid } from '../platform/id.ts';

export type Side = 'DEBIT' | 'CREDIT';

/** Kinds that an organization or a customer opens by name; each holder may have many. */
export type HolderAccountKind = 'CUSTOMER' | 'TREASURY';

/** Kinds of which an organization has exactly one for each asset and place; `ensureSystemAccounts` makes them. */
export type SystemAccountKind = 'FEES' | 'OMNIBUS' | 'CLEARING' | 'CONVERSION' | 'SUSPENSE';

export type AccountKind = HolderAccountKind | SystemAccountKind;

/** What an Account may not be used for; `account_restrictions` of the table says the same. */
export const RESTRICTIONS = ['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK'] as const;
export type Restriction = (typeof RESTRICTIONS)[number];

/** The four sums of an Account in minor units, never negative. Posted ones only grow; pending ones resolve. */
export interface Counters {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
}

/** A book in one asset, as it is stored. What a person calls its balance is `balanceOf(account)`. */
export interface LedgerAccount extends Counters {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** The organization itself or one of its customers. */
  readonly holderId: Uuid;
  readonly kind: AccountKind;
  /** Code of the asset, such as `USD`. */
  readonly asset: string;
  readonly normalSide: Side;
  /** Customer money: a debit beyond what was credited is refused, here and by a CHECK of the table. */
  readonly debitsMustNotExceedCredits: boolean;
  /** Code of the Network that a system account stands for; '' for one that stands for none. */
  readonly place: string;
  /** True when a Wallet with the same uuid stands on this Account. */
  readonly backsWallet: boolean;
  readonly name: string | null;
  /** Written by accounts under the Account's lock; whoever lets clients move money asks. Arrivals are never refused. */
  readonly restrictions: readonly Restriction[];
  /** Number of Entries so far; each Transfer that touches the Account takes the next number. */
  readonly version: bigint;
  readonly closedAt: Date | null;
  readonly createdAt: Date;
}

/** Select list that yields a `LedgerAccount`, for a table named or aliased `account`. */
export const ACCOUNT_COLUMNS = `account.id, account.organization_id as "organizationId",
  account.holder_id as "holderId", account.kind, account.asset, account.place, account.normal_side as "normalSide",
  account.debits_must_not_exceed_credits as "debitsMustNotExceedCredits", account.backs_wallet as "backsWallet",
  account.name, account.restrictions, account.debits_pending as "debitsPending", account.debits_posted as "debitsPosted",
  account.credits_pending as "creditsPending", account.credits_posted as "creditsPosted", account.version,
  account.closed_at as "closedAt", account.created_at as "createdAt"`;
