import { randomBytes } from 'node:crypto';
import { type Address, type Hex, toHex } from 'viem';
import { HDKey } from 'viem/accounts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';

/** Runs SQL as superuser, whom no policy holds back. */
export type Rows = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

export interface NetworkRows {
  readonly chainId: number;
  readonly nativeAsset: string;
  /** `[asset, contract, scale]`; the coin has no contract. */
  readonly assets: readonly (readonly [string, Address | null, number])[];
  readonly explorerUrl?: string;
  readonly multisend?: Address;
  readonly blockTimeMs?: number;
}

/** Rows of `chain` as the chain process and the signer write them, for tests of those who read. */
export class ChainRows {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  async connect(code: string, network: NetworkRows): Promise<void> {
    await this.#rows(
      `insert into chain.network (code, chain_id, native_asset, explorer_url, block_time_ms, multisend,
         finality_steps, status, head_number, safe_number, finalized_number, finalized_at, followed_number, endpoints, viewed_at)
       values ($1, $2, $3, $4, $5, $6, $7, 'HEALTHY', 120, 110, 100, now(), 119, $8, now())`,
      [
        code,
        network.chainId,
        network.nativeAsset,
        network.explorerUrl ?? null,
        network.blockTimeMs ?? 2_000,
        network.multisend ?? null,
        JSON.stringify([
          { belowMinor: '100000000', confirmationsMin: 3 },
          { belowMinor: null, confirmationsMin: 12 },
        ]),
        JSON.stringify([{ name: 'rpc.example', status: 'HEALTHY', latencyMs: 12.4, blocksBehind: 0 }]),
      ],
    );
    for (const [asset, contract, scale] of network.assets)
      await this.#rows(
        `insert into chain.asset (network, asset, contract, scale, deposit_minimum, has_authorizations)
         values ($1, $2, $3, $4, 1000, false)`,
        [code, asset, contract?.toLowerCase() ?? null, scale],
      );
  }

  /** Gives an organization an HD root; its xpub is that of the seed. */
  async addRoot(organizationId: Uuid, seed: Uint8Array = randomBytes(32)): Promise<Uuid> {
    const id = newUuid();
    const xpub = HDKey.fromMasterSeed(seed).derive("m/44'/60'/0'").publicExtendedKey;
    await this.#rows(
      `insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
       values ($1, $2, $3, 'x', 'x', 'x', 'x', 'test')`,
      [id, organizationId, xpub],
    );
    return id;
  }

  async addCustody(network: string, organizationId: Uuid, rootId: Uuid, address: Address): Promise<void> {
    await this.#rows(
      `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index)
       values ($1, $2, $3, $4, 'CUSTODY', 'CUSTODY', 0)`,
      [network, address.toLowerCase(), organizationId, rootId],
    );
  }

  /** Something that arrived for a Wallet, at its address. */
  async addDeposit(walletId: Uuid, more: Readonly<Record<string, unknown>> = {}): Promise<Uuid> {
    const id = newUuid();
    await this.insert('deposit', {
      id,
      ...(await this.#ownerOf(walletId)),
      transaction_hash: newHash(),
      log_index: 0,
      amount: 2_000_000,
      from_address: newAddress(),
      credits: 'WALLET',
      account_id: walletId,
      state: 'SEEN',
      block_number: 118,
      block_hash: newHash(),
      block_at: '2026-11-23T10:00:00Z',
      ...more,
    });
    return id;
  }

  /** A ChainTransaction from the custody address of the Wallets' organization, carrying a send of each. */
  async addSent(
    walletIds: readonly Uuid[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly id: Uuid; readonly hash: Hex }> {
    const { to_address: _, asset, ...owner } = await this.#ownerOf(present(walletIds[0], 'a wallet'));
    const [custody] = await this.#rows<{ address: string }>(
      `select address from chain.address where network = $1 and organization_id = $2 and purpose = 'CUSTODY'`,
      [owner.network, owner.organization_id],
    );
    const from_address = present(custody, 'a custody address').address;
    const [id, hash] = [newUuid(), newHash()];
    await this.insert('transaction', {
      id,
      ...owner,
      from_address,
      nonce: nonceNext++,
      kind: walletIds.length > 1 ? 'MULTISEND' : 'TRANSFER',
      state: 'BROADCAST',
      ...more,
    });
    for (const walletId of walletIds)
      await this.insert('send', {
        id: newUuid(),
        ...owner,
        asset,
        purpose: 'PAYMENT',
        from_address,
        to_address: newAddress(),
        amount: 1_000_000,
        state: 'BROADCAST',
        chain_transaction_id: id,
        account_id: walletId,
      });
    await this.insert('attempt', {
      chain_transaction_id: id,
      number: 1,
      ...owner,
      purpose: 'FIRST',
      to_address: newAddress(),
      value: 0,
      data: Buffer.from(SIGNED_MARK),
      gas_limit: 60_000,
      max_fee_per_gas: 40_000_000_000,
      max_priority_fee_per_gas: 30_000_000_000,
      state: 'SIGNED',
      hash,
      raw: Buffer.from(SIGNED_MARK),
      signed_at: '2026-11-23T10:00:00Z',
    });
    return { id, hash };
  }

  async #ownerOf(walletId: Uuid) {
    const [owner] = await this.#rows<{
      network: string;
      organization_id: Uuid;
      asset: string;
      to_address: string;
    }>(
      `select network, organization_id, asset, address as to_address from chain.address where wallet_id = $1`,
      [walletId],
    );
    return present(owner, 'the address of a wallet');
  }

  async insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const columns = Object.keys(row);
    const places = columns.map((_, index) => `$${index + 1}`);
    await this.#rows(
      `insert into chain.${table} (${columns.join(', ')}) values (${places.join(', ')})`,
      Object.values(row),
    );
  }
}

/** What no answer may ever hold: it stands where calldata and signed bytes do. */
export const SIGNED_MARK = 'signed-bytes-of-a-test';

let nonceNext = 0;

export function newHash(): Hex {
  return toHex(randomBytes(32));
}

export function newAddress(): Address {
  return toHex(randomBytes(20));
}
