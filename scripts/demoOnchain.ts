import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from 'viem';
import { stateFolder } from '../platform/paths.ts';
import { type Api, createApi } from './demo/api.ts';
import { runCheck } from './demo/checks.ts';
import { type Outside, openOutside } from './demo/outside.ts';
import { ensurePlatform } from './demo/running.ts';
import { type Step, type StepWatch, watchSteps } from './demo/steps.ts';

/**
 * `npm run demo:onchain`: two customers with wallets on the local chain. One gets a deposit from outside, whose block a
 * re-org takes away and brings back, and sends to the outside while gas becomes so dear that the send is stuck; the
 * other gets a deposit and sends meanwhile. Every step comes over the subscription, and books and chain are equal at
 * the end.
 */
const DEPOSIT = 100_000_000n;
const SENT = '25.5';
const FINAL_TIMEOUT_MS = 60_000;
const ADDRESS_TIMEOUT_MS = 15_000;
const POLL_MS = 200;
const REORG_DEPTH = 3;
/** Far above what the first attempt offers; it falls again by an eighth with each block. */
const DEAR_BASE_FEE_WEI = 40_000_000_000n;

interface Credentials {
  readonly graphql: string;
  readonly ws: string;
  readonly apiKey: string;
  readonly chainUrl?: string;
}

interface Party {
  readonly name: string;
  readonly customerId: string;
  readonly walletId: string;
  readonly address: Address;
  readonly watch: StepWatch;
}

const CREATE_CUSTOMER = `mutation Onboard($input: CreateCustomerInput!) {
  result: createCustomer(input: $input) { __typename ... on Customer { id } ... on Failure { message } }
}`;
const CREATE_WALLET = `mutation OpenWallet($input: CreateWalletInput!) {
  result: createWallet(input: $input) { __typename ... on Wallet { id } ... on Failure { message } }
}`;
const ADDRESS = 'query Address($id: ID!) { wallet(id: $id) { address } }';
const SEND = `mutation Send($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) { __typename ... on Transaction { id } ... on Failure { message } }
}`;
const HOLDINGS = `query Holdings($id: ID!) {
  wallet(id: $id) { account { balance { posted { amount } pending { amount } available { amount } } } }
}`;

async function run(): Promise<void> {
  const stopPlatform = await ensurePlatform();
  const watches: StepWatch[] = [];
  try {
    const credentials = JSON.parse(
      readFileSync(join(stateFolder, 'credentials.json'), 'utf8'),
    ) as Credentials;
    if (credentials.chainUrl === undefined) throw new Error('the platform runs without a local chain');
    const api = createApi({ url: credentials.graphql, apiKey: credentials.apiKey });
    say('somebody outside gets coins and test USDC');
    // One for each, so that a re-org which takes a payment of one does not hold up the other's.
    const outsides = [
      await openOutside(credentials.chainUrl, 10n * DEPOSIT),
      await openOutside(credentials.chainUrl, 10n * DEPOSIT),
    ] as const;
    const names = ['first', 'second'] as const;
    const [first, second] = await Promise.all(
      names.map(async (name) => {
        const party = await openParty(api, credentials, name);
        watches.push(party.watch);
        return party;
      }),
    );
    if (!first || !second) throw new Error('two customers were asked for');
    await depositThroughReorg(outsides[0], first);
    say(`gas becomes dear: ${DEAR_BASE_FEE_WEI / 1_000_000_000n} gwei`);
    await outsides[0].raiseBaseFee(DEAR_BASE_FEE_WEI);
    await Promise.all([send(api, outsides[0], first), depositAndSend(api, outsides[1], second)]);
    for (const party of [first, second]) say(`${party.name} customer: ${await holdings(api, party)}`);
    say(`ledger check: ${await runCheck('ledgerCheck')}`);
    say(`chain check: ${await runCheck('chainCheck')}`);
  } finally {
    for (const watch of watches) await watch.close();
    await stopPlatform();
  }
}

async function openParty(api: Api, { ws, apiKey }: Credentials, name: string): Promise<Party> {
  const run = `${Date.now()} ${name}`;
  const customerId = await call(api, CREATE_CUSTOMER, {
    idempotencyKey: `demo customer ${run}`,
    type: 'BUSINESS',
    legalName: `The ${name} customer of the demo`,
  });
  const walletId = await call(api, CREATE_WALLET, {
    idempotencyKey: `demo wallet ${run}`,
    customerId,
    network: 'LOCAL',
    asset: 'USDC',
  });
  const address = await waitForAddress(api, walletId);
  say(`${name} customer: wallet ${walletId} at ${address}`);
  const watch = await watchSteps({
    url: ws,
    apiKey,
    customerId,
    print: (step) => say(`${name} customer: ${describe(step)}`),
  });
  return { name, customerId, walletId, address, watch };
}

async function waitForAddress(api: Api, walletId: string): Promise<Address> {
  const deadline = Date.now() + ADDRESS_TIMEOUT_MS;
  for (;;) {
    const { data } = await api.query<{ wallet: { address: Address | null } }>(ADDRESS, { id: walletId });
    if (data.wallet.address !== null) return data.wallet.address;
    if (Date.now() > deadline) throw new Error(`${walletId} has no address yet`);
    await sleep(POLL_MS);
  }
}

async function depositThroughReorg(outside: Outside, party: Party): Promise<void> {
  const { raw } = await outside.pay(party.address, DEPOSIT);
  await party.watch.until(({ kind }) => kind === 'INCLUDED', FINAL_TIMEOUT_MS);
  say(`a re-org takes the last ${REORG_DEPTH} blocks away`);
  await outside.reorg(REORG_DEPTH);
  await party.watch.until(({ kind }) => kind === 'REORGED', FINAL_TIMEOUT_MS);
  await outside.handIn(raw);
  await party.watch.until(({ kind }) => kind === 'COMPLETED', FINAL_TIMEOUT_MS);
}

async function depositAndSend(api: Api, outside: Outside, party: Party): Promise<void> {
  await outside.pay(party.address, DEPOSIT);
  await party.watch.until(({ kind }) => kind === 'COMPLETED', FINAL_TIMEOUT_MS);
  await send(api, outside, party);
}

async function send(api: Api, outside: Outside, party: Party): Promise<void> {
  const transactionId = await call(api, SEND, {
    idempotencyKey: `demo send ${party.walletId}`,
    sourceId: party.walletId,
    destinationAddress: outside.address,
    amount: SENT,
    asset: 'USDC',
  });
  const isEnd = (step: Step): boolean =>
    step.transactionId === transactionId && ['COMPLETED', 'FAILED', 'CANCELED'].includes(step.kind);
  const end = await party.watch.until(isEnd, FINAL_TIMEOUT_MS);
  if (end.kind !== 'COMPLETED') throw new Error(`the send of the ${party.name} customer ${end.kind}`);
}

async function holdings(api: Api, { walletId }: Party): Promise<string> {
  const { data } = await api.query<{
    wallet: {
      account: { balance: Readonly<Record<'posted' | 'pending' | 'available', { amount: string }>> };
    };
  }>(HOLDINGS, { id: walletId });
  const { posted, pending, available } = data.wallet.account.balance;
  return `posted ${posted.amount}, pending ${pending.amount}, available ${available.amount} USDC`;
}

/** The id that a mutation made. @throws with the sentence of the failure */
async function call(api: Api, document: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { data } = await api.query<{ result: { __typename: string; id?: string; message?: string } }>(
    document,
    { input },
  );
  if (data.result.id === undefined) throw new Error(`${data.result.__typename}: ${data.result.message}`);
  return data.result.id;
}

function describe({ kind, status, version, transactionId, transactionHash }: Step): string {
  return `${transactionId} ${version} ${kind} (${status})${transactionHash === null ? '' : ` in ${transactionHash}`}`;
}

const beganMs = performance.now();
function say(text: string): void {
  process.stdout.write(`${((performance.now() - beganMs) / 1_000).toFixed(1).padStart(6)} s  ${text}\n`);
}

run().catch((error: unknown) => {
  process.stderr.write(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
