import { ECDH } from 'node:crypto';
import { type Address, toHex } from 'viem';
import { HDKey, publicKeyToAddress } from 'viem/accounts';
import { invariant } from '../../../platform/invariant.ts';
import { SecretBytes } from '../../../platform/vault/secretBytes.ts';

/** BIP-44: purpose, coin type of Ethereum (which all EVM chains share), first account. */
export const ACCOUNT_PATH = "m/44'/60'/0'";
const ACCOUNT_DEPTH = 3;
const HARDENED = 2 ** 31;
/** Children from here on are hardened, which an xpub cannot derive. */
export const INDEX_MAX = HARDENED - 1;

export type SeedLength = 32 | 64;

/** What an address is for: money arrives at the first kind, is kept at and sent from the second. */
export type KeyBranch = 'DEPOSIT' | 'CUSTODY';
const BRANCH_NUMBERS = { DEPOSIT: 0, CUSTODY: 1 } as const satisfies Record<KeyBranch, number>;

/** A key below the account, by the counter that the database keeps and never uses twice. */
export interface KeyPath {
  readonly branch: KeyBranch;
  readonly index: number;
}

/** An xpub that is none, or one of another place in the tree. Says nothing of the text: it may be an xprv. */
export class XpubError extends Error {
  override readonly name = 'XpubError';
}

/** A new seed of an organization's root. To be sealed at once; there is no second copy of it. */
export function createSeed(length: SeedLength = 32): SecretBytes {
  return SecretBytes.random(length);
}

/** `m/44'/60'/0'/branch/index`, as wallets of others write it. */
export function pathOf({ branch, index }: KeyPath): string {
  invariant(isIndex(index), `a key's index is a whole number up to ${INDEX_MAX}`);
  return `${ACCOUNT_PATH}/${BRANCH_NUMBERS[branch]}/${index}`;
}

/** What the database keeps of a root in the clear: enough for every address, nothing to sign with. */
export function accountXpubOf(seed: SecretBytes): string {
  return xpubAt(seed, ACCOUNT_PATH);
}

/** The BIP-32 extended public key at `path`. @throws when `path` is none */
export function xpubAt(seed: SecretBytes, path: string): string {
  return withNode(seed, path, (node) => node.publicExtendedKey);
}

/** The 32 bytes that sign for the BIP-32 `path`; the caller wipes them. @throws when `path` is none */
export function privateKeyAt(seed: SecretBytes, path: string): SecretBytes {
  return withNode(seed, path, takeKey);
}

/**
 * The keys of several places below the account; the caller wipes them. The three hardened steps and the branch, which
 * cost most, are walked once for all of them.
 */
export function privateKeysOf(seed: SecretBytes, paths: readonly KeyPath[]): readonly SecretBytes[] {
  return withNode(seed, ACCOUNT_PATH, (account) => {
    const branches = new Map<KeyBranch, HDKey>();
    const keys: SecretBytes[] = [];
    try {
      for (const { branch, index } of paths) {
        invariant(isIndex(index), `a key's index is a whole number up to ${INDEX_MAX}`);
        const node = branches.get(branch) ?? account.deriveChild(BRANCH_NUMBERS[branch]);
        branches.set(branch, node);
        keys.push(takeKey(node.deriveChild(index)));
      }
      return keys;
    } catch (error) {
      for (const key of keys) key.wipe();
      throw error;
    } finally {
      for (const node of branches.values()) node.wipePrivateData();
    }
  });
}

function takeKey(node: HDKey): SecretBytes {
  invariant(node.privateKey !== null, 'a node from a seed has a private key');
  const key = SecretBytes.take(Uint8Array.from(node.privateKey));
  node.wipePrivateData();
  return key;
}

/**
 * The checksummed address of a key, from the account's xpub alone. Costs about 2 ms of elliptic curves.
 *
 * @param xpub as `accountXpubOf` gave it
 * @throws {XpubError} when it is not the xpub of an account; asking again fails again
 */
export function addressAt(xpub: string, { branch, index }: KeyPath): Address {
  invariant(isIndex(index), `a key's index is a whole number up to ${INDEX_MAX}`);
  const node = readAccount(xpub).deriveChild(BRANCH_NUMBERS[branch]).deriveChild(index);
  invariant(node.publicKey !== null, 'a node has a public key');
  // An address is a hash of both coordinates; BIP-32 carries one and the sign of the other.
  const both = ECDH.convertKey(node.publicKey, 'secp256k1', undefined, undefined, 'uncompressed');
  return publicKeyToAddress(toHex(new Uint8Array(Buffer.from(both))));
}

function isIndex(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index <= INDEX_MAX;
}

/** Refuses an xprv, and an xpub of another level: its children would be addresses that no signer has the keys of. */
function readAccount(xpub: string): HDKey {
  let node: HDKey;
  try {
    node = HDKey.fromExtendedKey(xpub);
  } catch {
    // Without the cause, which may quote what it could not read.
    throw new XpubError('this is not an extended public key');
  }
  if (node.privateKey !== null) {
    node.wipePrivateData();
    throw new XpubError('this is an extended private key, which has no business here');
  }
  if (node.depth !== ACCOUNT_DEPTH || node.index !== HARDENED) {
    throw new XpubError(`the extended public key is not one of ${ACCOUNT_PATH}`);
  }
  return node;
}

/** Walks step by step, since HDKey.derive leaves the private keys of the nodes between for the collector to find. */
function withNode<T>(seed: SecretBytes, path: string, use: (node: HDKey) => T): T {
  const [root, ...steps] = path.split('/');
  invariant(root === 'm', 'a path begins at the root, m');
  const nodes = [HDKey.fromMasterSeed(seed.reveal())];
  try {
    let node = nodes[0] as HDKey;
    for (const step of steps) {
      node = node.derive(`m/${step}`);
      nodes.push(node);
    }
    return use(node);
  } finally {
    for (const node of nodes) node.wipePrivateData();
  }
}
