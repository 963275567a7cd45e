import { randomUUID } from 'node:crypto';
import { inParallel } from '../../platform/inParallel.ts';
import { formatAmount } from '../../platform/money.ts';
import type { Api } from '../../scripts/demo/api.ts';
import { ACCOUNTS, FUNDS_MINOR } from './system.ts';

const PARALLEL = 32;

const CREATE_ACCOUNT = `mutation Open($input: CreateAccountInput!) {
  result: createAccount(input: $input) { __typename ... on Account { id } ... on Failure { message } }
}`;

const FUND = `mutation Fund($input: FundSandboxInput!) {
  result: fundSandbox(input: $input) { __typename ... on SandboxFunding { amount { amount } } ... on Failure { message } }
}`;

interface Result {
  readonly result: { readonly __typename: string; readonly id?: string; readonly message?: string };
}

/** Opens and funds accounts the way an integrator would. @throws when one is refused. */
export async function openOurBooks(
  api: Api,
): Promise<{ readonly accountIds: readonly string[]; readonly hotId: string }> {
  const run = randomUUID();
  const amount = formatAmount(FUNDS_MINOR, { code: 'USD', scale: 2 });
  const ids: string[] = [];
  const numbers = Array.from({ length: ACCOUNTS + 1 }, (_value, index) => index);
  await inParallel(numbers, PARALLEL, async (number) => {
    const idempotencyKey = `bench-${run}-${number}`;
    const account = { idempotencyKey, asset: 'USD', name: `Bench ${number}` };
    const opened = (await api.query<Result>(CREATE_ACCOUNT, { input: account })).data.result;
    if (opened.id === undefined) throw new Error(`an account was refused: ${opened.message}`);
    const funding = { idempotencyKey, destinationId: opened.id, amount };
    const funded = (await api.query<Result>(FUND, { input: funding })).data.result;
    if (funded.__typename !== 'SandboxFunding') throw new Error(`a funding was refused: ${funded.message}`);
    ids.push(opened.id);
  });
  const hotId = ids.pop() as string;
  return { accountIds: ids, hotId };
}
