import type { Answer, Omsx } from './omsx.ts';

const CREATE = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
  ... on Transaction { id status } ... on Failure { code message } } }`;
const WATCH = `subscription ($id: ID!) { result: transactionUpdated(id: $id) { cursor
  event { kind } transaction { id status finality events { kind status reason { code } } } } }`;

/** Moves money, and gives the transaction's id. `name` is of the movement: the same name is the same movement. */
export async function pay(omsx: Omsx, name: string, input: object): Promise<string> {
  return (await omsx.ask(CREATE, { input: { idempotencyKey: omsx.key(name), ...input } })).id;
}

/** Follows a transaction until its status is one of `ends`, and gives it. */
export async function follow(omsx: Omsx, id: string, ...ends: readonly string[]): Promise<Answer> {
  const isEnd = ({ transaction }: Answer): boolean => ends.includes(transaction?.status);
  return (await omsx.watch(WATCH, { id }, isEnd)).transaction;
}

/** Its steps in words, such as `CREATED, COMPLETED`. */
export function stepsOf(transaction: Answer): string {
  return transaction.events.map(({ kind }: Answer) => kind).join(', ');
}
