import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { type Address, encodeFunctionData, erc20Abi, type Hex } from 'viem';
import { sleep } from '../../platform/clock.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { addressAt, type KeyBranch } from '../../rails/onchain/keys/hdRoot.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';
import { type SignerOptions, startSigner } from '../../rails/onchain/sign/startSigner.ts';
import { createTestDatabase } from '../harness/database.ts';

export const silent = pino({ level: 'silent' });
const WAIT_MS = 20_000;
const GWEI = 1_000_000_000n;

export const LOCAL: NetworkConfig = {
  code: 'LOCAL',
  chainId: 31_337,
  rpcUrls: [],
  explorerUrl: null,
  blockTimeMs: 200,
  nativeAsset: 'ETH',
  assets: [
    {
      asset: 'USDC',
      contract: localContracts.usdc,
      scale: 6,
      depositMinimumMinor: 1n,
      transfersExactly: true,
      hasAuthorizations: true,
      sweepFromMinor: 1n,
      perTransactionMinorMax: 1_000_000n,
      perDayMinorMax: 2_000_000n,
    },
    {
      asset: 'ETH',
      contract: null,
      scale: 18,
      depositMinimumMinor: 1n,
      transfersExactly: true,
      hasAuthorizations: false,
      sweepFromMinor: 1n,
      perTransactionMinorMax: 10n ** 18n,
      perDayMinorMax: 10n ** 19n,
    },
  ],
  multisend: localContracts.multisend,
  finality: {
    agreementsMin: 1,
    steps: [{ belowMinor: null, confirmationsMin: 1 }],
    finalizedAgeMaxMs: 60_000,
  },
  fees: {
    priorityFeePerGasWeiMin: 1n,
    maxFeePerGasWeiMax: 500n * GWEI,
    transactionFeeWeiMax: 10n ** 17n,
    bumpPerMille: 125,
    bumpAfterBlocks: 3,
    bumpsMax: 5,
  },
  gas: { refillBelowWei: 1n, refillWei: 2n },
  inFlightMax: 16,
};

export const DOMAIN = {
  name: 'USD Coin',
  version: '2',
  chainId: 31_337,
  verifyingContract: localContracts.usdc,
};

export interface Planned {
  readonly id: Uuid;
  readonly sendId: Uuid;
}

export interface Plan {
  readonly organizationId: Uuid | null;
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
  readonly asset?: 'USDC' | 'ETH';
  readonly purpose?: 'PAYMENT' | 'SWEEP' | 'REFILL';
  /** What the bytes do instead. */
  readonly lies?: { readonly to: Address; readonly amountMinor: bigint };
  readonly maxFeePerGasWei?: bigint;
  readonly isCancelAsked?: boolean;
}

type Rows = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** The tables that signer, broadcaster, planner and follower meet in, with the roles of the first two. */
export async function openSending(network: NetworkConfig = LOCAL) {
  const test = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'omsx-sending-'));
  const open = (role: string, poolMax: number) => openDatabase({ url: test.url, role, poolMax });
  const [signer, chain] = await Promise.all([open('omsx_signer', 6), open('omsx_chain', 6)]);
  const vault = await openFileVault(join(folder, 'kek'), 'create');
  const admin = new pg.Pool({ connectionString: test.url, max: 4 });
  // Connections that a test ends by itself.
  admin.on('error', () => undefined);
  const rows: Rows = async <Row>(text: string, values: readonly unknown[] = []) =>
    (await admin.query(text, [...values])).rows as Row[];
  await addNetwork(rows, network);
  const domainOf = async () => DOMAIN;
  const signerOptions = (changes: Partial<SignerOptions> = {}): SignerOptions => {
    const parts = { database: signer, databaseUrl: test.url, vault, domainOf, logger: silent };
    return { ...parts, networks: [network], ...changes };
  };
  const askedCount = () => countAsked(rows);
  /** Runs a signer until nothing is asked for, or `until` holds. */
  const sign = async (
    changes: Partial<SignerOptions> = {},
    until: () => Promise<boolean> = async () => (await askedCount()) === 0,
  ): Promise<void> => {
    const running = startSigner(signerOptions(changes));
    try {
      await waitUntil(until);
    } finally {
      await running.stop();
    }
  };
  // Also makes the root of the gas tank, which every deployment has.
  await sign({}, async () => (await rows('select 1 from chain.root')).length === 1);
  return {
    databaseUrl: test.url,
    signer,
    chain,
    vault,
    folder,
    network,
    rows,
    signerOptions,
    sign,
    askedCount,
    /** An organization with its root, made by a signer. */
    async addOrganization(): Promise<Uuid> {
      const id = newUuid();
      await rows(`insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')`, [
        id,
      ]);
      await sign();
      return id;
    },
    addAddress: (organizationId: Uuid | null, purpose: Purpose) =>
      addAddress(rows, network, organizationId, purpose),
    plan: (wanted: Plan) => plan(rows, network, wanted),
    async close(): Promise<void> {
      await Promise.all([signer.close(), chain.close(), admin.end()]);
      await test.drop();
      await rm(folder, { recursive: true });
    },
  };
}

type Purpose = 'DEPOSIT' | 'CUSTODY' | 'TANK';

async function addNetwork(rows: Rows, network: NetworkConfig): Promise<void> {
  await rows(
    `insert into chain.network (code, chain_id, native_asset, block_time_ms, finality_steps) values ($1, $2, $3, $4, '[]')`,
    [network.code, network.chainId, network.nativeAsset, network.blockTimeMs],
  );
  for (const { asset, contract, scale, hasAuthorizations } of network.assets) {
    await rows(
      `insert into chain.asset (network, asset, contract, scale, deposit_minimum, has_authorizations)
       values ($1, $2, lower($3), $4, 1, $5)`,
      [network.code, asset, contract, scale, hasAuthorizations],
    );
  }
}

async function countAsked(rows: Rows): Promise<number> {
  const [row] = await rows<{ n: number }>(
    `select (select count(*) from chain.attempt where state = 'ASKED')::int
          + (select count(*) from chain.authorization where state = 'ASKED')::int
          + (select count(*) from ledger.holder h where kind = 'ORGANIZATION'
              and not exists (select 1 from chain.root where organization_id = h.id))::int as n`,
  );
  return present(row, 'a count').n;
}

async function addAddress(
  rows: Rows,
  network: NetworkConfig,
  organizationId: Uuid | null,
  purpose: Purpose,
): Promise<Address> {
  const [root] = await rows<{ id: Uuid; xpub: string }>(
    'select id, xpub from chain.root where organization_id is not distinct from $1',
    [organizationId],
  );
  const { id, xpub } = present(root, 'a root');
  const branch: KeyBranch = purpose === 'DEPOSIT' ? 'DEPOSIT' : 'CUSTODY';
  const address = addressAt(xpub, { branch, index: 0 }).toLowerCase() as Address;
  const wallet = purpose === 'DEPOSIT' ? newUuid() : null;
  await rows(
    `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset)
     values ($1, $2, $3, $4, $5, $6, 0, $7, $8)`,
    [network.code, address, organizationId, id, purpose, branch, wallet, wallet && 'USDC'],
  );
  return address;
}

/** As the planner would: one transaction that carries one send, asked to be signed. */
async function plan(rows: Rows, network: NetworkConfig, wanted: Plan): Promise<Planned> {
  const { organizationId, from, to, amountMinor, asset = 'USDC', purpose = 'PAYMENT', lies } = wanted;
  const [id, sendId] = [newUuid(), newUuid()];
  const does = lies ?? { to, amountMinor };
  const call = callOf(asset, does.to, does.amountMinor);
  const isCanceled = wanted.isCancelAsked === true;
  await rows(
    `with made as (
       insert into chain.transaction (id, organization_id, network, from_address, kind)
       values ($1, $2, $3, $4, 'TRANSFER')),
     wish as (
       insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount, state,
                               chain_transaction_id, cancel_asked_at)
       values ($5, $2, $3, $6, $7, $4, $8, $9, 'PLANNED', $1, case when $16::boolean then now() end))
     insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value,
                                data, gas_limit, max_fee_per_gas, max_priority_fee_per_gas)
     values ($1, 1, $2, $3, 'FIRST', $10, $11, decode($12, 'hex'), $13, $14, $15)`,
    [
      id,
      organizationId,
      network.code,
      from,
      sendId,
      asset,
      purpose,
      to,
      amountMinor,
      call.to.toLowerCase(),
      call.valueWei,
      call.data.slice(2),
      asset === 'ETH' ? 21_000 : 90_000,
      wanted.maxFeePerGasWei ?? 20n * GWEI,
      1_000n,
      isCanceled,
    ],
  );
  return { id, sendId };
}

export type Sending = Awaited<ReturnType<typeof openSending>>;

function callOf(asset: string, to: Address, amountMinor: bigint) {
  if (asset === 'ETH') return { to, valueWei: amountMinor, data: '0x' as Hex };
  const args = [to, amountMinor] as const;
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args });
  return { to: localContracts.usdc, valueWei: 0n, data };
}

export async function waitUntil(isDone: () => Promise<boolean>, timeoutMs = WAIT_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isDone())) {
    if (performance.now() > deadline) throw new Error('it did not come to pass');
    await sleep(10);
  }
}
