import { type Address, encodeFunctionData, type Hex, keccak256, parseEther, parseGwei, toHex } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { multisendAbi } from '../../rails/onchain/contracts/Multisend.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import { splitSignature } from '../harness/chain.ts';
import { AUTHORIZATION_FIELDS } from '../harness/eip3009.ts';
import type { Scene } from './followSupport.ts';

const CHAIN_ID = 31_337;
const GAS = 300_000n;
export const FAR_FUTURE = 2n ** 40n;
const DOMAIN = {
  name: 'USD Coin',
  version: '2',
  chainId: CHAIN_ID,
  verifyingContract: localContracts.usdc,
} as const;
const TYPES = {
  TransferWithAuthorization: AUTHORIZATION_FIELDS,
} as const;

export interface Call {
  readonly to: Address;
  readonly value?: bigint;
  readonly data?: Hex;
}

export interface WantedSend {
  readonly to: Address;
  readonly amount: bigint;
  readonly from?: Address;
  readonly asset?: string;
  readonly purpose?: 'PAYMENT' | 'SWEEP';
}

/** What a holder signed, and the send that waits for its use. */
export interface Authorization {
  readonly sendId: Uuid;
  readonly terms: {
    readonly from: Address;
    readonly to: Address;
    readonly value: bigint;
    readonly validAfter: bigint;
    readonly validBefore: bigint;
    readonly nonce: Hex;
    readonly v: number;
    readonly r: Hex;
    readonly s: Hex;
  };
}

/** An organization whose keys the test has: it plans, signs and hands in what planner, signer and broadcaster would. */
export class Owner {
  readonly organizationId = newUuid();
  readonly custody = privateKeyToAccount(generatePrivateKey());
  readonly #rootId = newUuid();
  readonly #scene: Scene;
  #nonce = 0;
  #index = 0;

  private constructor(scene: Scene) {
    this.#scene = scene;
  }

  static async add(scene: Scene): Promise<Owner> {
    const owner = new Owner(scene);
    // In one statement, before a follower gives this root another custody address.
    await scene.rows(
      `with root as (
         insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
         values ($1, $2, '', '', '', '', '', '')
       )
       insert into chain.address (network, address, organization_id, root_id, purpose, branch, index)
       values ('LOCAL', $3, $2, $1, 'CUSTODY', 'CUSTODY', 0)`,
      [owner.#rootId, owner.organizationId, owner.from],
    );
    const holder = await scene.chain.makeHolder();
    await scene.chain.walletOf(holder).sendTransaction({ to: owner.from, value: parseEther('1') });
    return owner;
  }

  get from(): Address {
    return lower(this.custody.address);
  }

  async addDepositAddress(asset: string): Promise<PrivateKeyAccount> {
    const key = privateKeyToAccount(generatePrivateKey());
    await this.#scene.rows(
      `insert into chain.address (network, address, organization_id, root_id, purpose, branch, index, wallet_id, asset)
       values ('LOCAL', $1, $2, $3, 'DEPOSIT', 'DEPOSIT', $4, $5, $6)`,
      [lower(key.address), this.organizationId, this.#rootId, this.#index++, newUuid(), asset],
    );
    return key;
  }

  /** A ChainTransaction that was broadcast, with the next nonce, its sends, and those that wait for authorizations. */
  async plan(kind: string, sends: readonly WantedSend[], authorized: readonly Authorization[] = []) {
    const id = newUuid();
    const nonce = this.#nonce++;
    await this.#scene.rows(
      `insert into chain.transaction (id, organization_id, network, from_address, nonce, kind, state)
       values ($1, $2, 'LOCAL', $3, $4, $5, 'BROADCAST')`,
      [id, this.organizationId, this.from, nonce, kind],
    );
    for (const send of sends) await this.#addSend(send, id);
    await this.#scene.rows(
      `update chain.send set state = 'BROADCAST', chain_transaction_id = $1 where id = any($2)`,
      [id, authorized.map(({ sendId }) => sendId)],
    );
    return { id, nonce };
  }

  /** Signs an attempt and stores it. @returns the bytes, for `handIn` */
  async sign(
    { id, nonce }: { readonly id: Uuid; readonly nonce: number },
    call: Call,
    purpose = 'FIRST',
  ): Promise<Hex> {
    const raw = await this.custody.signTransaction({
      type: 'eip1559',
      chainId: CHAIN_ID,
      nonce,
      gas: GAS,
      maxFeePerGas: parseGwei('5'),
      maxPriorityFeePerGas: 1n,
      ...call,
    });
    await this.#scene.rows(
      `insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value,
         data, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, state, hash, raw, signed_at)
       select $1, count(*) + 1, $2, 'LOCAL', $3, '', 0, '', 1, 1, 1, 'SIGNED', $4, '', now()
         from chain.attempt where chain_transaction_id = $1`,
      [id, this.organizationId, purpose, keccak256(raw)],
    );
    return raw;
  }

  async handIn(raw: Hex): Promise<void> {
    await this.#scene.chain.node.sendRawTransaction({ serializedTransaction: raw });
  }

  /** A sweep of `value` USDC from `holder` to custody, QUEUED with its signed authorization. */
  async authorize(
    holder: PrivateKeyAccount,
    value: bigint,
    validBefore = FAR_FUTURE,
  ): Promise<Authorization> {
    const nonce = toHex(BigInt(`0x${newUuid().replaceAll('-', '')}`), { size: 32 });
    const terms = { from: lower(holder.address), to: this.from, value, validAfter: 0n, validBefore, nonce };
    const signed = await holder.signTypedData({
      domain: DOMAIN,
      types: TYPES,
      primaryType: 'TransferWithAuthorization',
      message: terms,
    });
    const sendId = await this.#addSend(
      { from: terms.from, to: this.from, amount: value, asset: 'USDC', purpose: 'SWEEP' },
      null,
    );
    await this.#scene.rows(
      `insert into chain.authorization (send_id, organization_id, network, contract, authorizer, nonce,
         valid_after_seconds, valid_before_seconds, state, signature)
       values ($1, $2, 'LOCAL', $3, $4, $5, 0, $6, 'SIGNED', '')`,
      [sendId, this.organizationId, lower(localContracts.usdc), terms.from, nonce, validBefore],
    );
    return { sendId, terms: { ...terms, ...splitSignature(signed) } };
  }

  async #addSend(send: WantedSend, carrier: Uuid | null): Promise<Uuid> {
    const id = newUuid();
    await this.#scene.rows(
      `insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount, state,
         chain_transaction_id)
       values ($1, $2, 'LOCAL', $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        this.organizationId,
        send.asset ?? 'ETH',
        send.purpose ?? 'PAYMENT',
        send.from ?? this.from,
        send.to,
        send.amount,
        carrier === null ? 'QUEUED' : 'BROADCAST',
        carrier,
      ],
    );
    return id;
  }

  /** Sends with what carries them, as the follower left them. */
  async sends() {
    return await this.#scene.rows<{
      state: string;
      failure_code: string | null;
      carrier: string | null;
      outcome: string | null;
    }>(
      `select send.state, failure_code, carrier.state as carrier, outcome from chain.send
         left join chain.transaction carrier on carrier.id = chain_transaction_id
        where send.organization_id = $1 order by send.id`,
      [this.organizationId],
    );
  }
}

/** Hands signed authorizations in by our contract, as sweeps do. */
export function sweepCall(authorizations: readonly Authorization[]): Call {
  const data = encodeFunctionData({
    abi: multisendAbi,
    functionName: 'sendAuthorized',
    args: [localContracts.usdc, authorizations.map(({ terms }) => terms)],
  });
  return { to: localContracts.multisend, data };
}

/** Somebody who has seen an authorization hands it in before we do. */
export async function relay(scene: Scene, { terms }: Authorization): Promise<void> {
  const { from, to, value, validAfter, validBefore, nonce, v, r, s } = terms;
  await scene.chain.walletOf(await scene.chain.makeHolder()).writeContract({
    address: localContracts.usdc,
    abi: testUSDCAbi,
    functionName: 'transferWithAuthorization',
    args: [from, to, value, validAfter, validBefore, nonce, v, r, s],
  });
}

export function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}
