import {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  isAddressEqual,
  keccak256,
  parseSignature,
  parseTransaction,
  recoverTransactionAddress,
  recoverTypedDataAddress,
  type TransactionSerializedEIP1559,
} from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import type { SecretBytes } from '../../../platform/vault/secretBytes.ts';
import { type KeyPath, privateKeysOf } from './hdRoot.ts';
import { openSeed, type SealedSeed } from './sealedSeed.ts';
import type { TokenDomain, TransactionToSign, TransferAuthorization } from './signingRequest.ts';

/** Half the order of secp256k1. Of the two values of s that fit, chains and tokens take the lower (EIP-2). */
const LOW_S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

const TRANSFER_WITH_AUTHORIZATION = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

/** Where a key is below its root, and the address it has to have. */
export interface KeyPlace {
  readonly path: KeyPath;
  readonly address: Address;
}

/** A root as the database has it. */
export interface SealedRoot {
  readonly id: Uuid;
  readonly sealed: SealedSeed;
}

export interface SignedTransaction {
  /** To be stored before it is broadcast for the first time, and broadcast as it is, however often. */
  readonly raw: Hex;
  readonly hash: Hash;
}

export const SIGNER_FAULTS = {
  OTHER_ADDRESS: 'the key at this path has another address than the wallet',
  UNSIGNABLE: 'what is to be signed has a value that cannot be encoded',
  BAD_SIGNATURE: 'the signature does not recover to the wallet with a low s',
} as const;

export type SignerFault = keyof typeof SIGNER_FAULTS;

/** Nothing was signed. It has no cause and quotes nothing; trying again fails again. */
export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerFault;

  constructor(code: SignerFault) {
    super(SIGNER_FAULTS[code]);
    this.code = code;
  }
}

/** Keys of one root that are open. Whether something may be signed is for `decideSigning` to say beforehand. */
export interface OpenKeys {
  /**
   * Signs an EIP-1559 transaction. Deterministic (RFC 6979): the same fields give the same bytes.
   *
   * @throws {SignerError}
   */
  signTransaction(address: Address, transaction: TransactionToSign): Promise<SignedTransaction>;
  /**
   * Signs an EIP-3009 TransferWithAuthorization, which anybody may then submit.
   *
   * @returns r, s and v, 65 bytes
   * @throws {SignerError}
   */
  signTransferAuthorization(
    address: Address,
    domain: TokenDomain,
    authorization: TransferAuthorization,
  ): Promise<Hex>;
}

/**
 * Opens the seed of a root once, lends the keys at `places` to `use`, and lets go of them when that has ended. Calls the
 * vault before `use` and not again, so not within a tx, while `use` may open one. Changes nothing, safe to repeat. A
 * place whose key has another address fails when it is signed with, and only then.
 *
 * @throws {SealError | KeyVaultError} when the seed cannot be opened; see `openSeed`
 * @throws whatever `use` throws
 */
export async function withKeys<T>(
  root: SealedRoot,
  places: readonly KeyPlace[],
  vault: KeyVault,
  use: (keys: OpenKeys) => Promise<T>,
): Promise<T> {
  const accounts = await openSeed(root.sealed, root.id, vault, async (seed) => accountsOf(seed, places));
  try {
    return await use({
      signTransaction: (address, transaction) =>
        guarded(() => signTransaction(accountAt(accounts, address), transaction)),
      signTransferAuthorization: (address, domain, authorization) =>
        guarded(() => signAuthorization(accountAt(accounts, address), domain, authorization)),
    });
  } finally {
    accounts.clear();
  }
}

type Accounts = Map<string, PrivateKeyAccount>;

/**
 * Viem wants a key as a string, which cannot be zeroed; it lives until the engine collects it, in this process only, and
 * that is why the signer is a process of its own.
 */
function accountsOf(seed: SecretBytes, places: readonly KeyPlace[]): Accounts {
  const accounts: Accounts = new Map();
  const keys = privateKeysOf(
    seed,
    places.map(({ path }) => path),
  );
  for (const [index, key] of keys.entries()) {
    const account = privateKeyToAccount(bytesToHex(key.reveal()));
    key.wipe();
    const { address } = present(places[index], 'the place of a key');
    if (isAddressEqual(account.address, address)) accounts.set(address.toLowerCase(), account);
  }
  return accounts;
}

function accountAt(accounts: Accounts, address: Address): PrivateKeyAccount {
  const account = accounts.get(address.toLowerCase());
  if (account === undefined) throw new SignerError('OTHER_ADDRESS');
  return account;
}

/** Errors of the libraries quote what they were given. */
async function guarded<T>(sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (error) {
    throw error instanceof SignerError ? error : new SignerError('UNSIGNABLE');
  }
}

async function signTransaction(
  account: PrivateKeyAccount,
  transaction: TransactionToSign,
): Promise<SignedTransaction> {
  const { to, valueWei, data, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = transaction;
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: transaction.chainId,
    nonce: transaction.nonce,
    to,
    value: valueWei,
    data,
    gas: gasLimit,
    maxFeePerGas: maxFeePerGasWei,
    maxPriorityFeePerGas: maxPriorityFeePerGasWei,
  });
  const serializedTransaction = raw as TransactionSerializedEIP1559;
  const signer = await recoverTransactionAddress({ serializedTransaction });
  requireGood(account, parseTransaction(serializedTransaction).s, signer);
  return { raw, hash: keccak256(raw) };
}

async function signAuthorization(
  account: PrivateKeyAccount,
  domain: TokenDomain,
  authorization: TransferAuthorization,
): Promise<Hex> {
  const { from, to, valueMinor, validAfterSeconds, validBeforeSeconds, nonce } = authorization;
  const typedData = {
    domain: { ...domain },
    types: TRANSFER_WITH_AUTHORIZATION,
    primaryType: 'TransferWithAuthorization',
    message: {
      from,
      to,
      value: valueMinor,
      validAfter: validAfterSeconds,
      validBefore: validBeforeSeconds,
      nonce,
    },
  } as const;
  const signature = await account.signTypedData(typedData);
  requireGood(
    account,
    parseSignature(signature).s,
    await recoverTypedDataAddress({ ...typedData, signature }),
  );
  return signature;
}

/** A fault in a library or in memory must not become bytes that a chain takes for somebody else's. */
function requireGood(account: PrivateKeyAccount, s: Hex | undefined, signer: Address): void {
  const isLow = s !== undefined && BigInt(s) <= LOW_S_MAX;
  if (!isLow || !isAddressEqual(signer, account.address)) throw new SignerError('BAD_SIGNATURE');
}
