import { present } from '../../../platform/invariant.ts';
import type { BankRailName } from '../../port.ts';
import { isBankRail } from '../catalog/bankRails.ts';
import type { BankAccountDetails } from '../details.ts';
import type { ExternalAccountDetails } from './details.ts';
import { type ExternalAccountType, REACHED_BY } from './externalAccount.ts';

/** Rails between banks that reach a kind of place; none for an address on a chain. */
export function bankRailsOf(type: ExternalAccountType): readonly BankRailName[] {
  return REACHED_BY[type].rails.filter((rail) => isBankRail(rail));
}

/** A place at a bank, as an order names it. Pure: whoever opened the details seals what this gives. */
export function orderDetailsOf(
  place: { readonly type: ExternalAccountType; readonly bankCode: string | null },
  {
    accountNumber,
    ownerName: accountHolderName,
  }: Pick<ExternalAccountDetails, 'accountNumber' | 'ownerName'>,
  rail: BankRailName,
): BankAccountDetails {
  const whose = { rail, accountHolderName };
  const { type, bankCode } = place;
  switch (type) {
    case 'US_BANK':
    case 'UK_BANK':
      return { ...whose, routingNumber: present(bankCode, `the bank of a ${type}`), accountNumber };
    case 'IBAN':
      return { ...whose, iban: accountNumber };
    case 'CLABE':
      return { ...whose, clabe: accountNumber };
    case 'PIX_KEY':
      return { ...whose, pixKey: accountNumber };
    case 'UPI_ID':
      return { ...whose, upiId: accountNumber };
    case 'CHAIN_ADDRESS':
      throw new TypeError('no bank reaches an address on a chain');
  }
}
