import type { Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { Payments } from '../../subgraphs/payments/main.ts';
import { payRound, type StuckItems } from '../../subgraphs/payments/workers/payPayouts.ts';
import { type Answer, acc, ask, type Fixture, keyOf, newKey, run } from './fixture.ts';

const BATCH = `
  id status version asset { code } source { id } wallet { id } description externalId createdAt updatedAt endedAt
  total { count amount { amount } } pending { count amount { amount } } processing { count }
  completed { count amount { amount } } failed { count amount { amount } } canceled { count amount { amount } }`;

export const ITEM = `id number status amount { amount } destination { id } destinationAddress description externalId
  metadata { key value } failure { code message retryable } transaction { id status externalId }`;

const RESULT = `__typename
  ... on PayoutBatch { ${BATCH} }
  ... on PayoutBatchPreview { total { count amount { amount } } available { amount } isCovered }
  ... on PayoutBatchInvalid { code message faultCount faults { item row field value expected code } }
  ... on Failure { code message retryable }
  ... on InvalidInput { field value expected }
  ... on ExternalIdTaken { existingId }`;

const DOCUMENTS = {
  createPayoutBatch: `mutation ($input: CreatePayoutBatchInput!) { result: createPayoutBatch(input: $input) { ${RESULT} } }`,
  uploadPayoutBatch: `mutation ($input: UploadPayoutBatchInput!) { result: uploadPayoutBatch(input: $input) { ${RESULT} } }`,
  cancelPayoutBatch: `mutation ($input: CancelPayoutBatchInput!) { result: cancelPayoutBatch(input: $input) { __typename
    ... on PayoutBatch { ${BATCH} } ... on Failure { code message } ... on PayoutBatchEnded { payoutBatchId batchStatus } } }`,
} as const;

/** A tenant with money at a source and accounts to pay. */
export interface Payer {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly source: Uuid;
  readonly payees: readonly Uuid[];
}

export async function addPayer(fixture: Fixture, amountMinor: bigint, payees = 3): Promise<Payer> {
  const organizationId = await fixture.addOrganization();
  const source = await fixture.openAccount(organizationId, { amountMinor });
  const ids: Uuid[] = [];
  for (let i = 0; i < payees; i++) ids.push(await fixture.openAccount(organizationId));
  return { organizationId, viewer: keyOf(organizationId), source, payees: ids };
}

/** `count` items of 1.00 each, to the payees in turn. */
export function itemsFor({ payees }: Payer, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => ({
    destinationId: acc(payees[index % payees.length] as Uuid),
    amount: '1',
  }));
}

export interface BatchAnswer {
  readonly result: Answer;
  readonly replayed: boolean;
}

/** Sends a mutation of batches, with a fresh key and the payer's source unless `input` says otherwise. */
export async function mutateBatch(
  fixture: Fixture,
  payer: Payer,
  name: keyof typeof DOCUMENTS,
  input: Readonly<Record<string, unknown>>,
): Promise<BatchAnswer> {
  const source = name === 'cancelPayoutBatch' ? {} : { sourceId: acc(payer.source), asset: 'USD' };
  const answer = await run(fixture.payments, payer.viewer, DOCUMENTS[name], {
    input: { idempotencyKey: newKey(), ...source, ...input },
  });
  expect(answer.errors).toBeUndefined();
  const data = JSON.parse(JSON.stringify(answer.data));
  return { result: data.result, replayed: answer.extensions?.idempotentReplay === true };
}

export async function handIn(
  fixture: Fixture,
  payer: Payer,
  items: readonly object[],
  more: object = {},
): Promise<Answer> {
  const { result } = await mutateBatch(fixture, payer, 'createPayoutBatch', { items, ...more });
  expect(result).toMatchObject({ __typename: 'PayoutBatch' });
  return result;
}

export async function readBatch(fixture: Fixture, payer: Payer, id: string, more = ''): Promise<Answer> {
  const query = `query ($id: ID!) { payoutBatch(id: $id) { ${BATCH} ${more} } }`;
  return (await ask(fixture.payments, payer.viewer, query, { id })).payoutBatch;
}

/** Pays rounds, as the worker does, until there is nothing left. */
export async function payAll(
  fixture: Fixture,
  { lane }: Pick<Payments, 'lane'> = fixture.payments,
): Promise<void> {
  const logger = createLogger({ level: 'silent', name: 'test' });
  const database = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 1 });
  try {
    const stuck: StuckItems = new Map();
    while (await payRound({ database, lane, logger }, stuck));
  } finally {
    await database.close();
  }
}

/** Steps of a batch as the outbox has them. */
export async function stepsOf(
  fixture: Fixture,
  batchId: Uuid,
): Promise<{ type: string; version: number; payload: Answer; subjects: string[] }[]> {
  return fixture.rows(
    'select type, version, payload, subjects from platform.outbox where aggregate_id = $1 order by version',
    [batchId],
  );
}
