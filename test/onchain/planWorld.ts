import pg from 'pg';
import { type Address, type Hex, hexToBytes, type PrivateKeyAccount, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type Lease, takeLease } from '../../platform/lease.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkConfig } from '../../rails/onchain/network.ts';
import { planLeaseName, planRound } from '../../rails/onchain/plan/planner.ts';
import { createPlanMemory, type PlanMemory, type Round } from '../../rails/onchain/plan/round.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import type { Screening } from '../../rails/onchain/screening/screening.ts';
import { splitSignature, startTestChain, type TestChain } from '../harness/chain.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { AUTHORIZATION_FIELDS } from '../harness/eip3009.ts';
import { CODE, networkOf } from './planNetwork.ts';

const LEASE_MS = 60_000;
export const clear: Screening = { screen: async () => ({ outcome: 'CLEAR', list: 'test' }) };

export interface Row {
  // biome-ignore lint/suspicious/noExplicitAny: columns of whatever a test asks for
  readonly [column: string]: any;
}

/** A chain, a database, and the other processes as far as a test plays them. */
export class PlanWorld {
  readonly chain: TestChain;
  readonly database: Database;
  readonly client: ChainClient;
  readonly url: string;
  readonly logger = createLogger({ level: 'silent', name: 'test' });
  readonly keys = new Map<string, PrivateKeyAccount>();
  tank: Address = '0x';
  readonly #admin: pg.Client;
  readonly #drop: () => Promise<void>;
  #index = 0;

  constructor(chain: TestChain, database: Database, admin: pg.Client, testDatabase: TestDatabase) {
    this.chain = chain;
    this.database = database;
    this.url = testDatabase.url;
    this.#admin = admin;
    this.#drop = () => testDatabase.drop();
    this.client = createChainClient({ network: CODE, rpcUrls: [chain.url], logger: this.logger });
  }

  static async open(): Promise<PlanWorld> {
    const [chain, testDatabase] = await Promise.all([startTestChain(), createTestDatabase()]);
    const { url } = testDatabase;
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const database = await openDatabase({ url, role: 'omsx_chain', poolMax: 4 });
    const world = new PlanWorld(chain, database, admin, testDatabase);
    await world.rows(
      `insert into chain.network (code, chain_id, native_asset, block_time_ms, multisend, finality_steps, status)
     values ($1, 31337, 'POL', 1000, $2, '[]', 'HEALTHY')`,
      [CODE, localContracts.multisend.toLowerCase()],
    );
    await world.rows(
      `insert into chain.asset values ($1, 'POL', null, 18, 1, false), ($1, 'USDC', $2, 6, 1, true)`,
      [CODE, localContracts.usdc.toLowerCase()],
    );
    world.tank = await world.addAddress('TANK', null);
    await world.chain.node.setBalance({ address: world.tank, value: parseEther('1000') });

    return world;
  }

  async rows(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#admin.query(text, [...values])).rows;
  }

  #parts() {
    const { database, client, logger } = this;
    return { database, client, logger };
  }

  async addAddress(purpose: 'CUSTODY' | 'DEPOSIT' | 'TANK', organizationId: Uuid | null, asset?: string) {
    const account = privateKeyToAccount(generatePrivateKey());
    const address = account.address.toLowerCase() as Address;
    this.keys.set(address, account);
    await this.rows(
      `insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
       values ($1, $2, 'x', '', '', '', '', 'v') on conflict do nothing`,
      [newUuid(), organizationId],
    );
    await this.rows(
      `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset)
       select $1, $2, $3, id, $4, $5, $6, $7, $8 from chain.root where organization_id is not distinct from $3`,
      [
        CODE,
        address,
        organizationId,
        purpose,
        purpose === 'DEPOSIT' ? 'DEPOSIT' : 'CUSTODY',
        this.#index++,
        asset ? newUuid() : null,
        asset ?? null,
      ],
    );
    return address;
  }

  /** A tenant with a custody address, what lies there, and gas that it has paid for ahead. */
  async addOrganization({ usdc = 0n, coinWei = parseEther('10'), paidWei = parseEther('5') } = {}) {
    const organizationId = newUuid();
    const custody = await this.addAddress('CUSTODY', organizationId);
    await this.chain.node.setBalance({ address: custody, value: coinWei });
    if (usdc > 0n) await this.mint(custody, usdc);
    await this.rows(`insert into ledger.holder (id, organization_id, kind) values ($1, $1, 'ORGANIZATION')`, [
      organizationId,
    ]);
    await this.rows(
      `insert into ledger.account (id, organization_id, holder_id, kind, asset, normal_side,
                                     debits_must_not_exceed_credits, credits_posted, place)
         values ($1, $2, $2, 'FEES', 'POL', 'CREDIT', false, $3, $4)`,
      [newUuid(), organizationId, paidWei, CODE],
    );
    return { organizationId, custody };
  }
  async mint(to: Address, amount: bigint): Promise<void> {
    const holder = await this.chain.makeHolder(amount);
    await this.write(holder, to, amount);
  }
  async write(holder: PrivateKeyAccount, to: Address, amount: bigint): Promise<void> {
    const args = [to, amount] as const;
    await this.chain.walletOf(holder).writeContract({
      address: localContracts.usdc,
      abi: testUSDCAbi,
      functionName: 'transfer',
      args,
    });
  }
  /** A deposit of which the follower has said that it is final. */
  async addDeposit(organizationId: Uuid, to: Address, asset: string, amount: bigint): Promise<void> {
    await this.rows(
      `insert into chain.deposit (id, network, transaction_hash, log_index, organization_id, asset, amount, from_address,
            to_address, credits, account_id, state, block_number, block_hash, block_at)
         values ($1, $2, $3, 0, $4, $5, $6, '0xff', $7, 'WALLET', $1, 'FINAL', 1, '0x', now())`,
      [newUuid(), CODE, `0x${newUuid()}`, organizationId, asset, amount, to],
    );
  }
  async queue(
    organizationId: Uuid,
    from: Address,
    to: Address,
    amount: bigint,
    asset = 'USDC',
  ): Promise<Uuid> {
    const id = newUuid();
    await this.rows(
      `insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount)
         values ($1, $2, $3, $4, 'PAYMENT', $5, $6, $7)`,
      [id, organizationId, CODE, asset, from, to.toLowerCase(), amount],
    );
    return id;
  }
  async send(id: Uuid): Promise<Row> {
    const [row] = await this.rows('select * from chain.send where id = $1', [id]);
    return row as Row;
  }
  /** ChainTransactions of an address with what is asked to be signed, oldest first. */
  async planned(from: Address): Promise<readonly Row[]> {
    return await this.rows(
      `select t.*, a.to_address, a.value, a.data, a.gas_limit, a.max_fee_per_gas, a.max_priority_fee_per_gas,
                (select count(*)::int from chain.send s where s.chain_transaction_id = t.id) as sends
           from chain.transaction t join chain.attempt a on a.chain_transaction_id = t.id
          where t.from_address = $1 order by t.created_at, t.id`,
      [from],
    );
  }
  /** Signs and sends what is planned, in order, as the signer and the broadcaster do; then says that it is final. */
  async carryOut(from: Address): Promise<readonly ('success' | 'reverted')[]> {
    const statuses: ('success' | 'reverted')[] = [];
    for (const one of (await this.planned(from)).filter(({ state }) => state === 'PLANNED')) {
      const account = this.keys.get(from) as PrivateKeyAccount;
      const nonce = await this.chain.node.getTransactionCount({ address: from });
      const data = `0x${(one.data as Buffer).toString('hex')}` as Hex;
      const hash = await this.chain.walletOf(account).sendTransaction({
        to: one.to_address,
        value: BigInt(one.value),
        data,
        nonce,
        gas: BigInt(one.gas_limit),
        maxFeePerGas: BigInt(one.max_fee_per_gas),
        maxPriorityFeePerGas: BigInt(one.max_priority_fee_per_gas),
      });
      const receipt = await this.chain.node.waitForTransactionReceipt({ hash, pollingInterval: 20 });
      statuses.push(receipt.status);
      await this.rows(
        `update chain.transaction set state = 'FINAL', nonce = $2, outcome = $3, included_hash = $4, block_number = $5,
              fee = $6, fee_settled = true, updated_at = clock_timestamp() where id = $1`,
        [
          one.id,
          nonce,
          receipt.status === 'success' ? 'SUCCEEDED' : 'REVERTED',
          hash,
          receipt.blockNumber,
          receipt.gasUsed * receipt.effectiveGasPrice,
        ],
      );
      await this.rows(
        `update chain.send set state = 'FINAL', version = version + 1 where chain_transaction_id = $1`,
        [one.id],
      );
    }
    return statuses;
  }
  /** Signs what deposit addresses are asked to, as the signer does. */
  async signAuthorizations(): Promise<number> {
    const asked = await this.rows(
      `select a.*, s.to_address, s.amount from chain.authorization a join chain.send s on s.id = a.send_id where a.state = 'ASKED'`,
    );
    for (const one of asked) {
      const account = this.keys.get(one.authorizer) as PrivateKeyAccount;
      const signature = await account.signTypedData({
        domain: { name: 'USD Coin', version: '2', chainId: 31_337, verifyingContract: one.contract },
        types: { TransferWithAuthorization: AUTHORIZATION_FIELDS },
        primaryType: 'TransferWithAuthorization',
        message: {
          from: one.authorizer,
          to: one.to_address,
          value: BigInt(one.amount),
          validAfter: BigInt(one.valid_after_seconds),
          validBefore: BigInt(one.valid_before_seconds),
          nonce: one.nonce,
        },
      });
      await this.rows(`update chain.authorization set state = 'SIGNED', signature = $2 where send_id = $1`, [
        one.send_id,
        Buffer.from(hexToBytes(signature)),
      ]);
    }
    return asked.length;
  }
  /** What anybody can do with an authorization that was seen. */
  async handIn(authorizer: Address): Promise<void> {
    const [one] = await this.rows(
      `select a.*, s.to_address, s.amount from chain.authorization a join chain.send s on s.id = a.send_id
          where a.authorizer = $1 and a.state = 'SIGNED'`,
      [authorizer],
    );
    const { v, r, s } = splitSignature(`0x${(one as Row).signature.toString('hex')}`);
    const { to_address, amount, valid_after_seconds, valid_before_seconds, nonce } = one as Row;
    await this.chain.walletOf(await this.chain.makeHolder()).writeContract({
      address: localContracts.usdc,
      abi: testUSDCAbi,
      functionName: 'transferWithAuthorization',
      args: [
        authorizer,
        to_address,
        BigInt(amount),
        BigInt(valid_after_seconds),
        BigInt(valid_before_seconds),
        nonce,
        v,
        r,
        s,
      ],
    });
  }
  /** So that what is in `latest` is finalized as well. */
  async finalize(): Promise<void> {
    await this.chain.node.mine({ blocks: 4 });
  }
  network(change: Partial<NetworkConfig> = {}): NetworkConfig {
    return networkOf(this.chain.url, change);
  }
  /** One round, under the lease, which it takes over from whoever had it. */
  async round(
    change: Partial<Omit<Round, 'lease'>> = {},
    memory: PlanMemory = createPlanMemory(),
  ): Promise<string> {
    return await planRound({
      ...this.#parts(),
      memory,
      screening: clear,
      network: this.network(),
      ...change,
      lease: await this.lease(),
    });
  }
  async lease(): Promise<Lease> {
    await this.rows(`update platform.lease set expires_at = now() - interval '1 second' where name = $1`, [
      planLeaseName(CODE),
    ]);
    return (await takeLease(this.database, planLeaseName(CODE), newUuid(), LEASE_MS)) as Lease;
  }
  async end(): Promise<void> {
    await this.client.close();
    await this.database.close();
    await this.#admin.end();
    await this.#drop();
    await this.chain.end();
  }
}
