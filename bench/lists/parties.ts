import { inParallel } from '../../platform/inParallel.ts';
import type { Api } from '../../scripts/demo/api.ts';

/** A customer with an account in dollars and a wallet. */
export interface Party {
  readonly customerId: string;
  readonly accountId: string;
  readonly walletId: string;
}

const PARTIES = 200;
const PAYMENTS_EACH = 4;
const PARALLEL = 16;

interface Answer {
  readonly result: { readonly __typename: string; readonly id?: string; readonly message?: string };
}

/** Makes parties with money, and some Transactions between them of every kind that the books know. */
export async function openParties(api: Api): Promise<readonly Party[]> {
  const parties: Party[] = [];
  const numbers = Array.from({ length: PARTIES }, (_, index) => index);
  await inParallel(numbers, PARALLEL, async (number) => {
    parties[number] = await openParty(api, number);
  });
  await inParallel(numbers, PARALLEL, (number) => pay(api, parties, number));
  return parties;
}

async function openParty(api: Api, number: number): Promise<Party> {
  const idempotencyKey = `party ${number}`;
  const name = { firstName: `Given ${number}`, lastName: `Family ${number}` };
  const customerId = await make(api, 'createCustomer', { idempotencyKey, type: 'INDIVIDUAL', ...name });
  const accountId = await make(api, 'createAccount', {
    idempotencyKey,
    customerId,
    asset: 'USD',
    name: 'Dollars',
  });
  const walletId = await make(api, 'createWallet', {
    idempotencyKey,
    customerId,
    network: 'LEDGER',
    asset: 'USDC',
  });
  for (const destinationId of [accountId, walletId]) {
    await make(api, 'fundSandbox', { idempotencyKey: destinationId, destinationId, amount: '1000' });
  }
  return { customerId, accountId, walletId };
}

async function pay(api: Api, parties: readonly Party[], number: number): Promise<void> {
  const from = parties[number] as Party;
  for (let turn = 0; turn < PAYMENTS_EACH; turn++) {
    const to = parties[(number + 1 + turn * 31) % parties.length] as Party;
    const isInWallets = turn % 2 === 0;
    const id = await make(api, 'createTransaction', {
      idempotencyKey: `payment ${number} ${turn}`,
      sourceId: isInWallets ? from.walletId : from.accountId,
      destinationId: isInWallets ? to.walletId : to.accountId,
      asset: isInWallets ? 'USDC' : 'USD',
      amount: `${1 + ((number + turn) % 90)}.5`,
      ...(turn === 3 ? { captureMethod: 'MANUAL' } : {}),
    });
    if (turn === 3) await make(api, 'cancelTransaction', { idempotencyKey: id, id });
  }
}

async function make(api: Api, mutation: string, input: object): Promise<string> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}`;
  const success =
    mutation === 'fundSandbox' ? 'SandboxFunding { account { id } }' : `${typeOf(mutation)} { id }`;
  const document = `mutation Make($input: ${type}Input!) { result: ${mutation}(input: $input) { __typename
    ... on ${success} ... on Failure { message } } }`;
  const { result } = (await api.query<Answer>(document, { input })).data;
  if (result.message !== undefined) throw new Error(`${mutation}: ${result.message}`);
  return result.id ?? '';
}

function typeOf(mutation: string): string {
  return mutation.replace(/^(create|cancel)/, '');
}
