import { checkLedger } from '../../../ledger/check.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Payments } from '../../../subgraphs/payments/main.ts';
import { type Answer, ask, newKey, run } from '../fixture.ts';

const FEES = `fees { items { kind side amount { amount } flat { amount } percent account { id } }
  total { amount } platform { amount } developer { amount } gas { amount } }`;
const SIDE = `account { id } wallet { id } customer { id } rail network address gross { amount asset { code } }
  net { amount } ${FEES}`;

export const QUOTE = `
  id status type fixedSide source { ${SIDE} } destination { ${SIDE} }
  rate { pair exchangeRate effectiveRate remainder provider asOf }
  gas { estimate { amount asset { code } } sponsored }
  metadata { key value } createdAt expiresAt acceptedAt transaction { id }`;

const DOCUMENTS = {
  createQuote: `mutation ($input: CreateQuoteInput!) { result: createQuote(input: $input) { __typename
    ... on Quote { ${QUOTE} } ... on Failure { code message retryable } ... on InvalidInput { field value expected }
    ... on NotFound { missingId: id } ... on AssetMismatch { actual named: expected } ... on RateUnavailable { pair }
    ... on AccountClosed { accountId } ... on NotOnChain { accountId } } }`,
  acceptQuote: `mutation ($input: AcceptQuoteInput!) { result: acceptQuote(input: $input) { __typename
    ... on Transaction { id type status finality amount { amount asset { code } } capturedAmount { amount }
      source { account { id } amount { amount asset { code } } }
      destination { rail network address account { id } amount { amount asset { code } } }
      externalId description metadata { key value }
      events { version kind status leg amount { amount asset { code } } terminal }
      quote { id status } fees { kind amount { amount } } }
    ... on Failure { code message retryable } ... on InvalidInput { field value expected }
    ... on NotFound { missingId: id } ... on QuoteExpired { quoteId expiresAt }
    ... on QuoteAlreadyAccepted { quoteId transactionId }
    ... on InsufficientFunds { accountId available { amount } required { amount } }
    ... on AccountClosed { accountId } ... on ExternalIdTaken { existingId } } }`,
  setPlatformFee: `mutation ($input: SetPlatformFeeInput!) { result: setPlatformFee(input: $input) { __typename
    ... on PlatformFee { asset { code } flat { amount } percent } ... on Failure { code message }
    ... on InvalidInput { field } } }`,
} as const;

/** Sends a mutation about quotes, with a fresh key unless `input` has one; `replayed` says whether it was known. */
export async function mutateQuote(
  payments: Payments,
  viewer: Viewer,
  name: keyof typeof DOCUMENTS,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer & { readonly replayed: boolean }> {
  const answer = await run(payments, viewer, DOCUMENTS[name], {
    input: { idempotencyKey: newKey(), ...input },
  });
  expect(answer.errors).toBeUndefined();
  const { result } = JSON.parse(JSON.stringify(answer.data));
  return { ...result, replayed: answer.extensions?.idempotentReplay === true };
}

/** The quote of a createQuote that must succeed. */
export async function quoted(
  payments: Payments,
  viewer: Viewer,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const result = await mutateQuote(payments, viewer, 'createQuote', input);
  expect(result).toMatchObject({ __typename: 'Quote' });
  return result;
}

export async function readQuote(payments: Payments, viewer: Viewer, id: string): Promise<Answer> {
  const { quote } = await ask(payments, viewer, `query ($id: ID!) { quote(id: $id) { ${QUOTE} } }`, { id });
  return quote;
}

/** Everything that `ledger:check` promises holds. */
export async function expectSound(url: string): Promise<void> {
  const checks = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  const results = await checkLedger(checks);
  await checks.close();
  expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
}

export const quo = (id: Uuid): string => formatId('quo', id);
