import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  bytesToHex,
  type Hex,
  keccak256,
  parseSignature,
  parseTransaction,
  recoverTransactionAddress,
  recoverTypedDataAddress,
} from 'viem';
import { newUuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { accountXpubOf, addressAt, createSeed, type KeyPath } from './hdRoot.ts';
import { sealSeed } from './sealedSeed.ts';
import { type KeyPlace, type SealedRoot, withKeys } from './signer.ts';
import type { TokenDomain, TransactionToSign, TransferAuthorization } from './signingRequest.ts';

const HALF_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n / 2n;
const TOKEN = '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359';
const PAYEE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const TRANSACTION: TransactionToSign = {
  chainId: 31337,
  nonce: 3,
  to: PAYEE,
  valueWei: 5n,
  data: '0x',
  gasLimit: 21_000n,
  maxFeePerGasWei: 100n,
  maxPriorityFeePerGasWei: 1n,
};

let folder: string;
let vault: KeyVault;
let keyAt: (path: KeyPath) => SigningKey;

type SigningKey = KeyPlace & { readonly root: SealedRoot };

const signTransaction = (key: SigningKey, transaction: TransactionToSign) =>
  withKeys(key.root, [key], vault, (keys) => keys.signTransaction(key.address, transaction));
const signTransferAuthorization = (key: SigningKey, domain: TokenDomain, one: TransferAuthorization) =>
  withKeys(key.root, [key], vault, (keys) => keys.signTransferAuthorization(key.address, domain, one));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-signer-'));
  vault = await openFileVault(join(folder, 'kek'), 'create');
  const [seed, rootId] = [createSeed(), newUuid()];
  const sealed = await sealSeed(seed, rootId, vault);
  const xpub = accountXpubOf(seed);
  keyAt = (path) => ({ root: { id: rootId, sealed }, path, address: addressAt(xpub, path) });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('a transaction recovers to the address that the xpub gave, with its fields and a low s', async () => {
  const cases = fc.record({ index: fc.nat(500), nonce: fc.nat(1e6), valueWei: fc.bigInt(0n, 2n ** 96n) });
  await fc.assert(
    fc.asyncProperty(cases, async ({ index, nonce, valueWei }) => {
      const key = keyAt({ branch: index % 2 === 0 ? 'CUSTODY' : 'DEPOSIT', index });
      const signed = await signTransaction(key, { ...TRANSACTION, nonce, valueWei });
      const read = parseTransaction(signed.raw);
      const { type, chainId, to, maxFeePerGas, gas } = read;
      expect({
        type,
        chainId,
        to,
        maxFeePerGas,
        gas,
        nonce: read.nonce ?? 0,
        value: read.value ?? 0n,
      }).toEqual({
        type: 'eip1559',
        chainId: 31337,
        to: PAYEE.toLowerCase(),
        maxFeePerGas: 100n,
        gas: 21_000n,
        nonce,
        value: valueWei,
      });
      const serializedTransaction = signed.raw as `0x02${string}`;
      expect(await recoverTransactionAddress({ serializedTransaction })).toBe(key.address);
      expect(BigInt(read.s ?? HALF_ORDER + 1n) <= HALF_ORDER).toBe(true);
      expect(signed.hash).toBe(keccak256(signed.raw));
    }),
    { numRuns: 25 },
  );
});

test('signing again gives the same bytes', async () => {
  const key = keyAt({ branch: 'CUSTODY', index: 0 });
  const first = await signTransaction(key, TRANSACTION);
  expect(await signTransaction(key, TRANSACTION)).toEqual(first);
});

test('one opening of the seed signs with many keys, each its own, and asks the vault once', async () => {
  const keys = Array.from({ length: 12 }, (_, index) =>
    keyAt({ branch: index % 3 === 0 ? 'CUSTODY' : 'DEPOSIT', index }),
  );
  let unwrapped = 0;
  const counting: KeyVault = {
    id: vault.id,
    wrap: (key, context) => vault.wrap(key, context),
    unwrap: (wrapped, context) => {
      unwrapped++;
      return vault.unwrap(wrapped, context);
    },
  };
  const root = present(keys[0], 'a key').root;
  const raws = await withKeys(root, keys, counting, async (open) =>
    Promise.all(
      keys.map(
        async ({ address }) => (await open.signTransaction(address, TRANSACTION)).raw as `0x02${string}`,
      ),
    ),
  );
  const signers = await Promise.all(
    raws.map((serializedTransaction) => recoverTransactionAddress({ serializedTransaction })),
  );
  expect(signers).toEqual(keys.map(({ address }) => address));
  expect(unwrapped).toBe(1);
});

test('keys are gone when their lending has ended', async () => {
  const key = keyAt({ branch: 'CUSTODY', index: 0 });
  const kept = await withKeys(key.root, [key], vault, async (keys) => keys);
  await expect(kept.signTransaction(key.address, TRANSACTION)).rejects.toMatchObject({
    code: 'OTHER_ADDRESS',
  });
});

const domainOf = (name: string, chainId: number) =>
  ({ name, version: '2', chainId, verifyingContract: TOKEN }) as const;

/** The type string as EIP-3009 gives it, put together apart from the code under test. */
const FIELDS = 'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce'
  .split(',')
  .map((field) => field.split(' '))
  .map(([type = '', name = '']) => ({ type, name }));

test('an authorization recovers to the wallet for its domain and for no other', async () => {
  const key = keyAt({ branch: 'CUSTODY', index: 1 });
  const authorization: TransferAuthorization = {
    from: key.address,
    to: PAYEE,
    valueMinor: 1_000_000n,
    validAfterSeconds: 0n,
    validBeforeSeconds: 2_000_000_000n,
    nonce: bytesToHex(randomBytes(32)),
  };
  const signature = await signTransferAuthorization(key, domainOf('USD Coin', 137), authorization);
  const recover = (domain: ReturnType<typeof domainOf>): Promise<Hex> =>
    recoverTypedDataAddress({
      domain,
      types: { TransferWithAuthorization: FIELDS },
      primaryType: 'TransferWithAuthorization',
      message: {
        from: key.address,
        to: PAYEE,
        value: 1_000_000n,
        validAfter: 0n,
        validBefore: 2_000_000_000n,
        nonce: authorization.nonce,
      },
      signature,
    });
  expect(await recover(domainOf('USD Coin', 137))).toBe(key.address);
  expect(await recover(domainOf('USDC', 137))).not.toBe(key.address);
  expect(await recover(domainOf('USD Coin', 1))).not.toBe(key.address);
  expect(BigInt(parseSignature(signature).s) <= HALF_ORDER).toBe(true);
});

test('a path whose key has another address signs nothing', async () => {
  const key = { ...keyAt({ branch: 'CUSTODY', index: 0 }), path: { branch: 'DEPOSIT', index: 0 } as const };
  await expect(signTransaction(key, TRANSACTION)).rejects.toMatchObject({ code: 'OTHER_ADDRESS' });
});

test('a root that does not fit the seed signs nothing', async () => {
  const key = keyAt({ branch: 'CUSTODY', index: 0 });
  const moved = { ...key, root: { ...key.root, id: newUuid() } };
  await expect(signTransaction(moved, TRANSACTION)).rejects.toMatchObject({ name: 'SealError' });
});

test.each<[string, Partial<TransactionToSign>]>([
  ['an address of the wrong length', { to: '0x12' }],
  ['a tip above the fee', { maxPriorityFeePerGasWei: 101n }],
  ['a fee beyond 256 bits', { maxFeePerGasWei: 2n ** 256n }],
  ['a chain without a number', { chainId: -1 }],
])('%s is not signed, and the error has no cause', async (_, changes) => {
  const key = keyAt({ branch: 'CUSTODY', index: 0 });
  const error = await signTransaction(key, { ...TRANSACTION, ...changes }).catch((e: unknown) => e);
  expect(error).toMatchObject({ name: 'SignerError', code: 'UNSIGNABLE' });
  expect(error).not.toHaveProperty('cause');
});
