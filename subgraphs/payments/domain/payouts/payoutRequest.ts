import type { MetadataPair } from '../../../../platform/inputs.ts';
import type { BankAccountDetails } from '../../../../rails/bank/details.ts';

/** A payout as it came. */
export interface PayoutItemRequest {
  /** Line of the file, from 1; left out where there is none. */
  readonly row?: number;
  /** Exactly one of the three. */
  readonly destinationId?: string | null | undefined;
  readonly destinationAddress?: string | null | undefined;
  /** Of a file that names an account at a bank. */
  readonly destinationBankAccount?: BankAccountDetails | null | undefined;
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
