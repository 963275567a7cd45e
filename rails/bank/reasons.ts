import { ENTRIES } from './catalog/catalog.ts';

/** Why banks refuse or send back money, by the ISO 20022 codes that most of them speak. */
export const RETURN_REASONS = {
  AC01: 'the account number is wrong',
  AC03: 'the account number is wrong',
  AC04: 'the account is closed',
  AC06: 'the account is blocked',
  AG01: 'the account may not receive this kind of payment',
  AM05: 'the payment was made twice',
  BE04: 'the address of the recipient is missing or wrong',
  CUST: 'the recipient did not want it',
  FOCR: 'it was called back',
  MD07: 'the recipient has died',
  MS03: 'the bank gives no reason',
  NARR: 'the bank gives a reason of its own',
  RC01: 'the bank is not known by this code',
  RR04: 'a rule of the authorities forbids it',
} as const;

export type ReturnReason = keyof typeof RETURN_REASONS;

/** What the rules of the rails say of their codes, such as R03 of ACH. */
const CATALOGUED: ReadonlyMap<string, string> = new Map(
  ENTRIES.flatMap(({ returnReasons }) => returnReasons.map(({ code, meaning }) => [code, meaning])),
);

/** The reason in a code and in words. A code that we do not know is kept, as it may say more to others. */
export function describeReturn(code: string | null): { readonly code: string; readonly message: string } {
  const known = code ?? 'MS03';
  const words = Object.hasOwn(RETURN_REASONS, known)
    ? RETURN_REASONS[known as ReturnReason]
    : (CATALOGUED.get(known) ?? 'see the code');
  return { code: known, message: `the bank did not keep the payment: ${words}` };
}
