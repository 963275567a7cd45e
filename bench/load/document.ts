/** The request that every system under load is asked: one document, so that plans and parses may be cached. */
export const CREATE_TRANSACTION = `mutation Pay($input: CreateTransactionInput!) {
  createTransaction(input: $input) {
    __typename
    ... on Transaction { id status version amount { amount asset { code } } source { account { id } } }
    ... on Failure { code message }
  }
}`;

/** Where to send it and as whom. */
export interface Target {
  readonly url: string;
  readonly apiKey: string;
}

/** Public ids of the accounts that money moves between. With `hotId` all of it goes there. */
export interface Route {
  readonly accountIds: readonly string[];
  readonly hotId: string | null;
}

export interface Payment {
  readonly sourceId: string;
  readonly destinationId: string;
}

export interface CreatedTransaction {
  readonly id: string;
  readonly status: string;
  readonly version: number;
}

const BODY_START = `{"query":${JSON.stringify(CREATE_TRANSACTION)},"variables":{"input":{"asset":"USD","amount":"0.01",`;

export function bodyOf(idempotencyKey: string, payment: Payment): string {
  return `${BODY_START}"idempotencyKey":"${idempotencyKey}","sourceId":"${payment.sourceId}","destinationId":"${payment.destinationId}"}}}`;
}

/** A source drawn at random, and the hot account or another at random. */
export function drawPayment(route: Route): Payment {
  const { accountIds, hotId } = route;
  const place = Math.floor(Math.random() * accountIds.length);
  const step = 1 + Math.floor(Math.random() * (accountIds.length - 1));
  return {
    sourceId: accountIds[place] as string,
    destinationId: hotId ?? (accountIds[(place + step) % accountIds.length] as string),
  };
}

/** @throws unless the answer is a completed Transaction; a benchmark has no failures. */
export function readAnswer(statusCode: number, body: string): CreatedTransaction {
  const result =
    statusCode === 200
      ? (
          JSON.parse(body) as {
            data?: { createTransaction?: CreatedTransaction & { readonly __typename: string } };
          }
        ).data?.createTransaction
      : undefined;
  if (result?.__typename !== 'Transaction' || result.status !== 'COMPLETED') {
    throw new Error(`expected a completed Transaction, got HTTP ${statusCode} ${body.slice(0, 500)}`);
  }
  return result;
}
