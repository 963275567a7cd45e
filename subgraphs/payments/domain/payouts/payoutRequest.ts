import type { MetadataPair } from '../../../../platform/inputs.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';
import type { ReturnPolicyRequest } from '../refunds/returnPolicy.ts';

type AccountField = Exclude<keyof BankAccountDetails, 'rail'>;

/** A bank account as it came; a file may have left out anything. */
export type PayoutAccountRequest = { readonly [field in 'rail' | AccountField]?: string | null | undefined };

/** A payout as it came. */
export interface PayoutItemRequest {
  /** Line of the file, from 1; left out where there is none. */
  readonly row?: number;
  /** Exactly one of the four. */
  readonly destinationId?: string | null | undefined;
  readonly destinationAddress?: string | null | undefined;
  readonly destinationExternalAccountId?: string | null | undefined;
  readonly destinationBankAccount?: PayoutAccountRequest | null | undefined;
  /** To an external account that more than one rail reaches. */
  readonly rail?: string | null | undefined;
  /** To a bank, as the next. */
  readonly speed?: string | null | undefined;
  readonly reference?: string | null | undefined;
  /** Files have no place for it. */
  readonly returnPolicy?: ReturnPolicyRequest | null | undefined;
  readonly amount: string;
  readonly description?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly metadata?: readonly MetadataPair[] | null | undefined;
}

/** What is wrong with an item, or with a line of a file. */
export interface PayoutFault {
  /** Place of the item, from 1; null for a fault of the file. */
  readonly item: number | null;
  /** Line of the file, from 1; null where there is none. */
  readonly row: number | null;
  readonly field: string;
  readonly value: string | null;
  readonly expected: string;
  /** A code of the SDL's FailureCode. */
  readonly code: string;
}

/** How many faults one answer tells. A file may have more than one a line. */
export const PAYOUT_FAULTS_MAX = 10_000;
