import { createECDH, createHmac, ECDH } from 'node:crypto';
import { type Address, toHex } from 'viem';
import { HDKey, publicKeyToAddress } from 'viem/accounts';
import { invariant } from '../../../platform/invariant.ts';
import { addressAt, INDEX_MAX, type KeyBranch } from './hdRoot.ts';

const CURVE = 'secp256k1';
const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
const BRANCH_NUMBERS = { DEPOSIT: 0, CUSTODY: 1 } as const satisfies Record<KeyBranch, number>;
/** Branches of organizations that gave an address lately; each is some 400 bytes. */
const BRANCHES_CACHED_MAX = 10_000;

/** Derives the addresses of one branch of a root, in lower case. */
export interface BranchAddresses {
  at(index: number): Address;
}

const cached = new Map<string, BranchAddresses>();

/**
 * The addresses below `xpub`, more quickly than `addressAt` gives them: 0.5 ms each against 2.0, measured side by side.
 * The branch is derived once and kept, the multiplication is OpenSSL's, and the one addition of points is done here.
 * Its first address is compared with `addressAt`.
 *
 * @param xpub of the account, as `accountXpubOf` gave it
 * @throws {XpubError} when it is not the xpub of an account
 */
export function branchAddressesOf(xpub: string, branch: KeyBranch): BranchAddresses {
  const key = `${branch} ${xpub}`;
  const known = cached.get(key);
  if (known !== undefined) return known;
  const made = deriveBranch(xpub, branch);
  const oldest = cached.size < BRANCHES_CACHED_MAX ? undefined : cached.keys().next().value;
  if (oldest !== undefined) cached.delete(oldest);
  cached.set(key, made);
  return made;
}

function deriveBranch(xpub: string, branch: KeyBranch): BranchAddresses {
  // Also what refuses an xpub of another kind.
  const first = addressAt(xpub, { branch, index: 0 }).toLowerCase();
  const { publicKey, chainCode } = HDKey.fromExtendedKey(xpub).deriveChild(BRANCH_NUMBERS[branch]);
  invariant(publicKey !== null && chainCode !== null, 'a branch has a public key and a chain code');
  const parent = pointOf(ECDH.convertKey(publicKey, CURVE, undefined, undefined, 'uncompressed') as Buffer);
  const addresses: BranchAddresses = {
    at: (index) => {
      invariant(Number.isInteger(index) && index >= 0 && index <= INDEX_MAX, 'a key has an index of its own');
      return childAddress(publicKey, chainCode, parent, index);
    },
  };
  invariant(addresses.at(0) === first, 'both ways to derive an address agree');
  return addresses;
}

/** BIP-32, public parent to public child: the parent's point and one that the index gives, added. */
function childAddress(publicKey: Uint8Array, chainCode: Uint8Array, parent: Point, index: number): Address {
  const position = Buffer.alloc(4);
  position.writeUInt32BE(index);
  const left = createHmac('sha512', chainCode).update(publicKey).update(position).digest().subarray(0, 32);
  const scalar = BigInt(toHex(left));
  // One in 2^127: no key has this index.
  invariant(scalar > 0n && scalar < ORDER, 'the index has a key');
  const curve = createECDH(CURVE);
  curve.setPrivateKey(left);
  const { x, y } = add(parent, pointOf(curve.getPublicKey()));
  const coordinates = [x, y].map((coordinate) => coordinate.toString(16).padStart(64, '0')).join('');
  return publicKeyToAddress(`0x04${coordinates}`).toLowerCase() as Address;
}

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** @param bytes uncompressed: 4, x, y */
function pointOf(bytes: Buffer): Point {
  return { x: BigInt(toHex(bytes.subarray(1, 33))), y: BigInt(toHex(bytes.subarray(33, 65))) };
}

function add(a: Point, b: Point): Point {
  // The same point twice, or its mirror, is as likely as guessing the private key.
  invariant(a.x !== b.x, 'two points of the curve differ');
  const slope = modulo((b.y - a.y) * inverse(modulo(b.x - a.x)));
  const x = modulo(slope * slope - a.x - b.x);
  return { x, y: modulo(slope * (a.x - x) - a.y) };
}

function modulo(value: bigint): bigint {
  const rest = value % FIELD;
  return rest < 0n ? rest + FIELD : rest;
}

/** By Euclid; at most some 370 steps for numbers of 256 bits. */
function inverse(value: bigint): bigint {
  let [low, high] = [value, FIELD];
  let [factor, other] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [low, high] = [high - quotient * low, low];
    [factor, other] = [other - quotient * factor, factor];
  }
  return modulo(factor);
}
