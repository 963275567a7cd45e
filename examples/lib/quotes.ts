import type { Answer, Omsx } from './omsx.ts';

const QUOTE = `mutation ($input: CreateQuoteInput!) { result: createQuote(input: $input) {
  ... on Quote { id expiresAt rate { exchangeRate }
    source { gross { amount asset { code } } fees { items { kind amount { amount } } } }
    destination { net { amount asset { code } } fees { items { kind amount { amount } account { id } } } } }
  ... on Failure { code message } } }`;
const ACCEPT = `mutation ($input: AcceptQuoteInput!) { result: acceptQuote(input: $input) {
  ... on Transaction { id status } ... on Failure { code message } } }`;

/** A price that holds until it expires. */
export async function quote(omsx: Omsx, name: string, input: object): Promise<Answer> {
  return omsx.ask(QUOTE, { input: { idempotencyKey: omsx.key(`quote ${name}`), ...input } });
}

/** Takes the price, and gives the transaction that it becomes. */
export async function accept(omsx: Omsx, { id: quoteId }: Answer): Promise<Answer> {
  return omsx.ask(ACCEPT, { input: { idempotencyKey: omsx.key(`accept ${quoteId}`), quoteId } });
}
