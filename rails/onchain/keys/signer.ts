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
import { type KeyPath, pathOf, privateKeyAt } from './hdRoot.ts';
import type { KeyVault } from './keyVault.ts';
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

/** Where a key is, and the address it has to have. */
export interface SigningKey {
  readonly rootId: Uuid;
  readonly sealed: SealedSeed;
  readonly path: KeyPath;
  readonly address: Address;
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

/**
 * Signs an EIP-1559 transaction. Whether it may be signed is for `decideSigning` to say beforehand. Signing is
 * deterministic (RFC 6979): the same fields give the same bytes, so it may be repeated. Calls the vault, so not
 * within a transaction of the database.
 *
 * @throws {SignerError}
 * @throws {SealError | KeyVaultError} when the seed cannot be opened; see `openSeed`
 */
export async function signTransaction(
  key: SigningKey,
  transaction: TransactionToSign,
  vault: KeyVault,
): Promise<SignedTransaction> {
  const { to, valueWei, data, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = transaction;
  const raw = await withAccount(key, vault, (account) =>
    account.signTransaction({
      type: 'eip1559',
      chainId: transaction.chainId,
      nonce: transaction.nonce,
      to,
      value: valueWei,
      data,
      gas: gasLimit,
      maxFeePerGas: maxFeePerGasWei,
      maxPriorityFeePerGas: maxPriorityFeePerGasWei,
    }),
  );
  const serializedTransaction = raw as TransactionSerializedEIP1559;
  const signer = await recoverTransactionAddress({ serializedTransaction });
  requireGood(key, parseTransaction(serializedTransaction).s, signer);
  return { raw, hash: keccak256(raw) };
}

/**
 * Signs an EIP-3009 TransferWithAuthorization, which anybody may then submit. The rest as `signTransaction`.
 *
 * @returns r, s and v, 65 bytes
 */
export async function signTransferAuthorization(
  key: SigningKey,
  domain: TokenDomain,
  authorization: TransferAuthorization,
  vault: KeyVault,
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
  const signature = await withAccount(key, vault, (account) => account.signTypedData(typedData));
  requireGood(key, parseSignature(signature).s, await recoverTypedDataAddress({ ...typedData, signature }));
  return signature;
}

/**
 * Lends viem's account of the key to `use`. Viem wants the key as a string, which cannot be zeroed; it lives until the
 * engine collects it, in this process only, and that is why the signer is a process of its own.
 */
async function withAccount<T>(
  key: SigningKey,
  vault: KeyVault,
  use: (account: PrivateKeyAccount) => Promise<T>,
): Promise<T> {
  return openSeed(key.sealed, key.rootId, vault, async (seed) => {
    const privateKey = privateKeyAt(seed, pathOf(key.path));
    try {
      const account = privateKeyToAccount(bytesToHex(privateKey.reveal()));
      if (!isAddressEqual(account.address, key.address)) throw new SignerError('OTHER_ADDRESS');
      return await use(account);
    } catch (error) {
      // Errors of the libraries quote what they were given.
      throw error instanceof SignerError ? error : new SignerError('UNSIGNABLE');
    } finally {
      privateKey.wipe();
    }
  });
}

/** A fault in a library or in memory must not become bytes that a chain takes for somebody else's. */
function requireGood(key: SigningKey, s: Hex | undefined, signer: Address): void {
  const isLow = s !== undefined && BigInt(s) <= LOW_S_MAX;
  if (!isLow || !isAddressEqual(signer, key.address)) throw new SignerError('BAD_SIGNATURE');
}
