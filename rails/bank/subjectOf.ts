import type { ScreeningSubject } from '../screening/provider.ts';
import type { BankAccountDetails } from './details.ts';

/** Whom a bank account says that it belongs to, and the account itself, for screening. */
export function subjectOf(details: BankAccountDetails): ScreeningSubject {
  const { accountHolderName, routingNumber, accountNumber, iban, clabe, pixKey, upiId } = details;
  const numbered = accountNumber === undefined ? undefined : `${routingNumber ?? ''}/${accountNumber}`;
  const accounts = [numbered, iban, clabe, pixKey, upiId].filter((account) => account !== undefined);
  return { names: [accountHolderName], accounts };
}
