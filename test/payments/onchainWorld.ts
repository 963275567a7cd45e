import { checkLedger } from '../../ledger/check.ts';
import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { PaymentsLane } from '../../subgraphs/payments/commands/lane.ts';
import { settleChainRound } from '../../subgraphs/payments/workers/settleChain.ts';
import {
  type Answer,
  ask,
  type Fixture,
  type FixtureOptions,
  keyOf,
  openFixture,
  txn,
  wal,
} from './fixture.ts';

export const NETWORK = 'POLYGON';
export const CONTRACT = hexOf(0xc0de, 40);
export const MULTISEND = hexOf(0x3d, 40);

/** Rounds until nothing is left to settle; what contradicts itself is never tried twice in one of them. */
const ROUNDS_MAX = 20;

/** An organization with a Wallet that has an address on a connected Network. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly customerId: Uuid;
  readonly walletId: Uuid;
  readonly custody: string;
  readonly address: string;
}

export interface DepositOptions {
  readonly amount?: bigint;
  readonly state?: string;
  readonly credits?: 'WALLET' | 'SUSPENSE' | 'GAS';
  readonly asset?: string;
  readonly hash?: string;
  readonly from?: string;
}

/** What the follower and the sender would write, written by hand, beside the payments subgraph that settles it. */
export interface World {
  readonly fixture: Fixture;
  readonly writes: Database;
  addTenant(amountMinor?: bigint): Promise<Tenant>;
  deposit(tenant: Tenant, options?: DepositOptions): Promise<Uuid>;
  /** As the follower changes a row: with its version. */
  change(table: 'deposit' | 'send', id: Uuid, sets: string): Promise<void>;
  /** A ChainTransaction and its first attempt, that carry the send. */
  carry(sendId: Uuid): Promise<{ readonly id: Uuid; readonly hash: string }>;
  /** Changes the carrier and all that it carries, as one tx of the follower. */
  moveCarrier(id: Uuid, sets: string, sends: string): Promise<void>;
  settle(lane?: PaymentsLane): Promise<void>;
  /** Posted and pending, from the side that grows, of a system account or a Wallet's. */
  balance(organizationId: Uuid, kind: string, asset?: string): Promise<string>;
  transactionOf(depositId: Uuid): Promise<string | null>;
  timeline(viewer: Viewer, id: string): Promise<Answer>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

let serial = 0;
export function hexOf(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
export function newHash(): string {
  serial += 1;
  return hexOf(serial, 64);
}
export function newAddress(): string {
  serial += 1;
  return hexOf(0xabcdef00000 + serial, 40);
}

export async function openWorld(options: FixtureOptions = {}): Promise<World> {
  return openWorldOn(await openFixture(options));
}

/** The same on a fixture that has other rails, too, and is closed with it. */
export async function openWorldOn(fixture: Fixture): Promise<World> {
  const writes = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  const checks = await openDatabase({ url: fixture.url, role: 'omsx_check', poolMax: 1 });
  const logger = createLogger({ level: 'silent', name: 'test' });
  await connectNetwork(fixture);

  return {
    fixture,
    writes,
    addTenant: (amountMinor = 0n) => addTenant(fixture, amountMinor),
    async settle(lane = fixture.payments.lane) {
      const backoffs = new Map();
      for (let round = 0; round < ROUNDS_MAX; round++) {
        if (!(await settleChainRound({ database: writes, lane, logger }, backoffs))) return;
      }
      throw new Error(`not settled after ${ROUNDS_MAX} rounds`);
    },
    deposit: (tenant, wanted = {}) => insertDeposit(fixture, tenant, wanted),
    async change(table, id, sets) {
      await fixture.rows(`update chain.${table} set ${sets}, ${RAISED} where id = $1`, [id]);
    },
    carry: (sendId) => insertCarrier(fixture, sendId),
    async moveCarrier(id, sets, sends) {
      await fixture.rows(
        `with carrier as (update chain.transaction set ${sets}, updated_at = clock_timestamp() where id = $1)
         update chain.send set ${sends}, ${RAISED} where chain_transaction_id = $1`,
        [id],
      );
    },
    balance: (organizationId, kind, asset = 'USDC') => readBalance(fixture, [organizationId, kind, asset]),
    async transactionOf(depositId) {
      const [row] = await fixture.rows<{ id: Uuid | null }>(
        'select transaction_id as id from chain.deposit where id = $1',
        [depositId],
      );
      return row?.id ? txn(row.id) : null;
    },
    async timeline(viewer, id) {
      return (await ask(fixture.payments, viewer, TIMELINE, { id })).transaction;
    },
    async expectSound() {
      const results = await checkLedger(checks);
      expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
    },
    async close() {
      await Promise.all([writes.close(), checks.close()]);
      await fixture.close();
    },
  };
}

const RAISED = 'version = version + 1, updated_at = clock_timestamp()';

async function connectNetwork(fixture: Fixture): Promise<void> {
  await fixture.rows(
    `insert into chain.network (code, chain_id, native_asset, block_time_ms, multisend, finality_steps)
     values ($1, 137, 'POL', 2000, $2, '[]')`,
    [NETWORK, MULTISEND],
  );
  await fixture.rows(
    `insert into chain.asset (network, asset, contract, scale, deposit_minimum, has_authorizations)
     values ($1, 'USDC', $2, 6, 1, true), ($1, 'POL', null, 18, 1, false)`,
    [NETWORK, CONTRACT],
  );
}

async function addTenant(fixture: Fixture, amountMinor: bigint): Promise<Tenant> {
  return addWallet(fixture, await fixture.addOrganization(), amountMinor);
}

/** A customer's Wallet with an address, and the custody of its organization. */
export async function addWallet(
  fixture: Fixture,
  organizationId: Uuid,
  amountMinor: bigint,
): Promise<Tenant> {
  const customerId = await fixture.addCustomer(organizationId);
  const walletId = await fixture.openAccount(organizationId, {
    customerId,
    asset: 'USDC',
    backsWallet: true,
    amountMinor,
  });
  const [rootId, custody, address] = [newUuid(), newAddress(), newAddress()];
  await fixture.rows(
    `insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
     values ($1, $2, 'xpub', '', '', '', '', 'test')`,
    [rootId, organizationId],
  );
  await fixture.rows(
    `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset)
     values ($1, $2, $4, $5, 'CUSTODY', 'CUSTODY', 0, null, null), ($1, $3, $4, $5, 'DEPOSIT', 'DEPOSIT', 0, $6, 'USDC')`,
    [NETWORK, custody, address, organizationId, rootId, walletId],
  );
  return { organizationId, viewer: keyOf(organizationId), customerId, walletId, custody, address };
}

async function insertDeposit(fixture: Fixture, tenant: Tenant, wanted: DepositOptions): Promise<Uuid> {
  const {
    amount = 5_000_000n,
    state = 'SEEN',
    credits = 'WALLET',
    asset = 'USDC',
    hash = newHash(),
    from = newAddress(),
  } = wanted;
  const id = newUuid();
  const account = credits === 'WALLET' ? tenant.walletId : null;
  await fixture.rows(
    `insert into chain.deposit (id, network, transaction_hash, log_index, organization_id, asset, amount,
       from_address, to_address, credits, account_id, state, block_number, block_hash, block_at)
     values ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10, $11, 1, $3, now())`,
    [
      ...[id, NETWORK, hash, tenant.organizationId, asset, amount],
      ...[from, tenant.address, credits, account, state],
    ],
  );
  return id;
}

async function insertCarrier(fixture: Fixture, sendId: Uuid): ReturnType<World['carry']> {
  const [id, hash] = [newUuid(), newHash()];
  await fixture.rows(
    `with send as (select * from chain.send where id = $2),
          carrier as (
            insert into chain.transaction (id, organization_id, network, from_address, nonce, kind, state)
            select $1, organization_id, network, from_address, (select count(*) from chain.transaction), 'TRANSFER',
                   'BROADCAST' from send returning id)
     insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value,
         data, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, state, hash, raw, signed_at)
       select $1, 1, organization_id, network, 'FIRST', to_address, 0, '', 1, 1, 1, 'SIGNED', $3, '', now() from send`,
    [id, sendId, hash],
  );
  await fixture.rows(
    `update chain.send set state = 'BROADCAST', chain_transaction_id = $2, ${RAISED} where id = $1`,
    [sendId, id],
  );
  return { id, hash };
}

async function readBalance(fixture: Fixture, values: readonly string[]): Promise<string> {
  const rows = await fixture.rows<{ normal_side: string; posted: string; pending: string }>(
    `select credits_posted - debits_posted as posted, credits_pending - debits_pending as pending, normal_side
       from ledger.account
      where organization_id = $1 and kind = $2 and asset = $3
        and (place <> '' or kind not in ('OMNIBUS', 'FEES'))`,
    values,
  );
  return rows
    .map(({ normal_side, posted, pending }) => {
      const sign = normal_side === 'CREDIT' ? 1n : -1n;
      return `${sign * BigInt(posted)}${pending === '0' ? '' : ` and ${sign * BigInt(pending)}`}`;
    })
    .join(', ');
}

const TIMELINE = `query ($id: ID!) { transaction(id: $id) {
  id type status finality version capturedAmount { amount }
  source { rail account { id } wallet { id } customer { id } network address chainTransaction { id } }
  destination { rail wallet { id } customer { id } network address chainTransaction { id } }
  events { version kind status terminal reason { code } chainTransaction { id } transactionHash }
} }`;

export const kindsOf = (transaction: Answer): readonly string[] =>
  transaction.events.map(({ kind }: { kind: string }) => kind);

export const chx = (id: Uuid): string => formatId('chx', id);

/** Input of a send of `amount` USDC to somebody. */
export function sendInput(
  tenant: Tenant,
  amount: string,
  more: object = {},
): Readonly<Record<string, unknown>> {
  return { sourceId: wal(tenant.walletId), destinationAddress: newAddress(), amount, asset: 'USDC', ...more };
}
