import type { Restriction } from '../../../ledger/account.ts';
import type { CustomerType } from './customer.ts';
import type { PersonalField } from './personalData.ts';

/** What an Endorsement asks of a Customer and opens to it. A new one is a row here and nothing else. */
export interface EndorsementKind {
  readonly name: string;
  readonly requires: Readonly<Record<CustomerType, readonly PersonalField[]>>;
  readonly lifts: readonly Restriction[];
  /** On Accounts that count this Asset only; null on all. */
  readonly asset: string | null;
}

const PERSON = ['birthDate', 'nationality', 'address', 'identifyingNumbers', 'agreement'] as const;
const BUSINESS = ['address', 'business', 'beneficialOwners', 'agreement'] as const;

/** Money through banks of one currency; their rules ask to be able to reach the customer. */
function bank(asset: string): EndorsementKind {
  return {
    name: asset,
    requires: { INDIVIDUAL: [...PERSON, 'email', 'phone'], BUSINESS: [...BUSINESS, 'email', 'phone'] },
    lifts: ['BANK'],
    asset,
  };
}

export const ENDORSEMENT_KINDS: readonly EndorsementKind[] = [
  { name: 'BASIC', requires: { INDIVIDUAL: PERSON, BUSINESS }, lifts: ['DEBIT', 'CREDIT'], asset: null },
  {
    name: 'CRYPTO_CUSTODY',
    requires: { INDIVIDUAL: [...PERSON, 'ipAddress'], BUSINESS: [...BUSINESS, 'ipAddress'] },
    lifts: ['ONCHAIN'],
    asset: null,
  },
  bank('USD'),
  bank('EUR'),
  bank('GBP'),
  bank('MXN'),
  bank('BRL'),
  bank('INR'),
];

export function findKind(name: string): EndorsementKind | null {
  return ENDORSEMENT_KINDS.find((kind) => kind.name === name) ?? null;
}
