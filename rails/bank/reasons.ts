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

/** The reason in a code and in words, those of the rail where its rules know the code. A code that we do not know is kept, as it may say more to others. */
export function describeReturn(
  code: string | null,
  meaningOf: (code: string) => string | null,
): { readonly code: string; readonly message: string } {
  const known = code ?? 'MS03';
  const own = Object.hasOwn(RETURN_REASONS, known) ? RETURN_REASONS[known as ReturnReason] : 'see the code';
  const words = meaningOf(known) ?? own;
  return { code: known, message: `the bank did not keep the payment: ${words}` };
}
