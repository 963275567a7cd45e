import type { CivilDate } from '../calendar/civilDate.ts';
import type { Definition } from './message.ts';
import type { Agent, BankAccount, Names, Party } from './party.ts';
import { PAIN_001_VERSIONS, type Pain001Version, pain001 } from './structure/pain001.ts';

/** One payment. */
export interface CreditTransfer {
  readonly instructionId: string | null;
  /** Goes all the way and comes back in every answer; of one payment alone. */
  readonly endToEndId: string;
  /** Version 4 in lower case; pain.001.001.03 has no place for it. */
  readonly uetr: string | null;
  readonly amountMinor: bigint;
  /** Three capitals. */
  readonly currency: string;
  readonly creditor: Party;
  readonly creditorAccount: BankAccount;
  readonly creditorAgent: Agent | null;
  /** `SALA`, `SUPP`, ...: ISO's list of purposes. */
  readonly purpose: string | null;
  /** What the creditor is told, 140 letters at most. */
  readonly remittance: string | null;
}

/** Payments from one account on one day. */
export interface PaymentGroup {
  readonly id: string;
  readonly requestedOn: CivilDate;
  /** `SEPA`, `URGP`, `NURG`. */
  readonly serviceLevel: string | null;
  /** `INST` for SEPA instant. */
  readonly localInstrument: string | null;
  readonly categoryPurpose: string | null;
  readonly chargeBearer: 'DEBT' | 'CRED' | 'SHAR' | 'SLEV' | null;
  readonly debtor: Party;
  readonly debtorAccount: BankAccount;
  readonly debtorAgent: Agent | null;
  readonly transfers: readonly CreditTransfer[];
}

/** A CustomerCreditTransferInitiation (pain.001). Counts and control sums are left out, as they follow. */
export interface Initiation {
  /** Another for every message that we send to a bank, as banks refuse one that they have seen. */
  readonly messageId: string;
  /** To the second, as `2026-07-07T14:05:00Z`. */
  readonly createdAt: string;
  readonly initiatingParty: Party;
  readonly groups: readonly PaymentGroup[];
}

/** Payments of one message; what banks take differs, and none takes more. */
export const TRANSFERS_MAX = 20_000;
/** What payers write who have no id; it may come more than once. */
export const NOT_PROVIDED = 'NOTPROVIDED';

export interface InitiationDefinition extends Definition {
  readonly version: Pain001Version;
  readonly names: Names;
}

export const INITIATIONS: readonly InitiationDefinition[] = PAIN_001_VERSIONS.map((version) => ({
  version,
  structure: pain001(version),
  names: { bic: version === 'pain.001.001.09' ? 'BICFI' : 'BIC' },
}));
