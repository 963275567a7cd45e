import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { type OpenKeys, SignerError } from '../keys/signer.ts';
import { decideSigning } from '../keys/signerPolicy.ts';
import type { TokenDomain } from '../keys/signingRequest.ts';
import type { NetworkConfig } from '../network.ts';
import type { AskedAttempt, AskedAuthorization, Signatory } from './asked.ts';
import {
  type Asked,
  type AskedOfTransactions,
  type LockedSignatory,
  lockAttempts,
  lockAuthorizations,
  lockSignatories,
  readKnown,
} from './askedRows.ts';
import { refusalOfAuthorization, refusalOfIntent } from './intent.ts';
import { policyOf } from './signatoryPolicy.ts';
import { SignedDay } from './signedDay.ts';
import {
  type DecidedAuthorization,
  type RefusedAttempt,
  raiseNonces,
  type SignedAttempt,
  storeAuthorizations,
  storeRefused,
  storeSigned,
  wakeSenders,
} from './storeSigned.ts';

/**
 * How long an authorization may be open: the hour that a sweep asks for, and what clocks differ by.
 */
export const AUTHORIZATION_SECONDS_MAX = 3_900n;

/** Moments of a batch, in their order. */
export type SignStep = 'OPENED' | 'LOCKED' | 'SIGNED' | 'NONCES_RAISED' | 'STORED' | 'COMMITTED';

export interface SignContext {
  readonly networks: ReadonlyMap<string, NetworkConfig>;
  readonly keys: OpenKeys;
  /** By network and contract, read beforehand. */
  readonly domains: ReadonlyMap<string, TokenDomain>;
  readonly atStep: (step: SignStep) => Promise<void>;
}

export interface BatchOutcome {
  readonly signed: number;
  readonly refused: readonly { readonly id: Uuid; readonly reason: string }[];
}

/** Everything that one tx works on. */
interface Batch extends SignContext {
  readonly day: SignedDay;
  readonly known: readonly Signatory[];
  readonly nextNonces: Map<Signatory, bigint>;
  readonly signatories: ReadonlyMap<string, LockedSignatory>;
}

/**
 * Signs what is asked for with the keys of one root, and stores it with its nonces: all in `tx` or nothing. What is no
 * longer asked, or in the hands of another signer, is left out. No outside call is made.
 *
 * @throws {SignerError} BAD_SIGNATURE, a fault of this machine; nothing is stored, and a retry is safe
 */
export async function signRoot(tx: Tx, asked: readonly Asked[], context: SignContext): Promise<BatchOutcome> {
  const locked = await lockSignatories(tx, uniqueAddresses(asked));
  const signatories = new Map(locked.map((one) => [placeOf(one.network, one.address), one]));
  const held = asked.filter(({ network, address }) => signatories.has(placeOf(network, address)));
  const idsOf = (kind: Asked['kind']) => held.filter((one) => one.kind === kind).map(({ id }) => id);
  const work = await lockAttempts(tx, idsOf('ATTEMPT'));
  const authorizations = await lockAuthorizations(tx, idsOf('AUTHORIZATION'));
  await context.atStep('LOCKED');
  const recipients = [...work.sends.values(), authorizations.map(({ send }) => send)].flat();
  const batch: Batch = {
    ...context,
    signatories,
    day: await SignedDay.read(tx, locked),
    known: await readKnown(
      tx,
      recipients.map(({ to }) => to),
    ),
    nextNonces: new Map(),
  };
  const { signed, refused } = await signAttempts(work, batch);
  const decided = await signAuthorizations(authorizations, batch);
  await context.atStep('SIGNED');
  const raised = [...batch.nextNonces].map(([one, nextNonce]) => {
    const signatory = present(signatories.get(placeOf(one.network, one.address)), 'a locked address');
    return { signatory, nextNonce };
  });
  await raiseNonces(tx, raised);
  await context.atStep('NONCES_RAISED');
  await storeSigned(tx, signed);
  await storeRefused(tx, refused);
  await storeAuthorizations(tx, decided);
  await batch.day.store(tx);
  if (signed.length + refused.length + decided.length > 0) await wakeSenders(tx);
  await context.atStep('STORED');
  return outcomeOf(signed, refused, decided);
}

async function signAttempts(
  { transactions, attempts, sends }: AskedOfTransactions,
  batch: Batch,
): Promise<{ readonly signed: readonly SignedAttempt[]; readonly refused: readonly RefusedAttempt[] }> {
  const signed: SignedAttempt[] = [];
  const refused: RefusedAttempt[] = [];
  for (const attempt of attempts) {
    const transaction = present(transactions.get(attempt.transactionId), 'the transaction of an attempt');
    const network = present(batch.networks.get(transaction.network), 'the network of an attempt');
    const signatory = present(
      batch.signatories.get(placeOf(transaction.network, transaction.from)),
      'the sender of a transaction',
    );
    const carried = sends.get(transaction.id) ?? [];
    const intent = refusalOfIntent(transaction, attempt, carried, signatory, network);
    if (intent !== null) {
      refused.push({ attempt, reason: intent });
      continue;
    }
    const nonce = transaction.nonce ?? batch.nextNonces.get(signatory) ?? signatory.nextNonce;
    const outcome = await signAttempt(
      attempt,
      nonce,
      signatory,
      transaction.kind === 'SWEEP',
      network,
      batch,
    );
    if ('reason' in outcome) {
      refused.push(outcome);
      continue;
    }
    // Only what has bytes has a nonce: one that is refused leaves it to the next.
    if (transaction.nonce === null) batch.nextNonces.set(signatory, nonce + 1n);
    signed.push(outcome);
  }
  return { signed, refused };
}

async function signAttempt(
  attempt: AskedAttempt,
  nonce: bigint,
  signatory: LockedSignatory,
  isSweep: boolean,
  network: NetworkConfig,
  batch: Batch,
): Promise<SignedAttempt | RefusedAttempt> {
  const policy = policyOf(signatory, isSweep, network, knownOn(batch, network), AUTHORIZATION_SECONDS_MAX);
  const transaction = { ...attempt, chainId: network.chainId, nonce: Number(nonce) };
  const isFirst = attempt.purpose === 'FIRST';
  // A replacement spends what its first attempt has spent already.
  const used = isFirst
    ? batch.day.usedBy(signatory, network)
    : { atSeconds: batch.day.atSeconds, amounts: [] };
  const request = { kind: 'TRANSACTION', wallet: signatory.address, transaction } as const;
  const decision = decideSigning(request, policy, used);
  if (decision.outcome === 'REFUSED') return { attempt, reason: decision.reason };
  const signed = await orRefusal(() => batch.keys.signTransaction(signatory.address, transaction));
  if (typeof signed === 'string') return { attempt, reason: signed };
  if (isFirst) batch.day.add(signatory, network, decision.spent);
  return { ...signed, attempt, nonce };
}

async function signAuthorizations(
  asked: readonly AskedAuthorization[],
  batch: Batch,
): Promise<readonly DecidedAuthorization[]> {
  const decided: DecidedAuthorization[] = [];
  for (const one of asked) {
    const domain = batch.domains.get(placeOf(one.network, one.contract));
    // Its token could not be read: it stays asked for.
    if (domain === undefined) continue;
    const outcome = await signAuthorization(one, domain, batch);
    decided.push(
      outcome.startsWith('0x')
        ? { sendId: one.sendId, signature: outcome as `0x${string}`, reason: null }
        : { sendId: one.sendId, signature: null, reason: outcome },
    );
  }
  return decided;
}

/** The signature, or why there is none. */
async function signAuthorization(
  one: AskedAuthorization,
  domain: TokenDomain,
  batch: Batch,
): Promise<string> {
  const network = present(batch.networks.get(one.network), 'the network of an authorization');
  const signatory = present(
    batch.signatories.get(placeOf(one.network, one.authorizer)),
    'the holder of an authorization',
  );
  const intent = refusalOfAuthorization(one, signatory, network);
  if (intent !== null) return intent;
  const authorization = {
    from: one.authorizer,
    to: one.send.to,
    valueMinor: one.send.amountMinor,
    validAfterSeconds: one.validAfterSeconds,
    validBeforeSeconds: one.validBeforeSeconds,
    nonce: one.nonce,
  };
  const wallet = signatory.address;
  const policy = policyOf(signatory, true, network, knownOn(batch, network), AUTHORIZATION_SECONDS_MAX);
  const request = { kind: 'TRANSFER_AUTHORIZATION', wallet, domain, authorization } as const;
  const decision = decideSigning(request, policy, batch.day.usedBy(signatory, network));
  if (decision.outcome === 'REFUSED') return decision.reason;
  const signature = await orRefusal(() =>
    batch.keys.signTransferAuthorization(wallet, domain, authorization),
  );
  if (signature.startsWith('0x')) batch.day.add(signatory, network, decision.spent);
  return signature;
}

/** What never can be signed is refused; a bad signature is a fault of this machine, and nothing to give up for. */
async function orRefusal<T>(sign: () => Promise<T>): Promise<T | 'OTHER_ADDRESS' | 'UNSIGNABLE'> {
  try {
    return await sign();
  } catch (error) {
    if (error instanceof SignerError && error.code !== 'BAD_SIGNATURE') return error.code;
    throw error;
  }
}

function knownOn({ known }: Batch, { code }: NetworkConfig): readonly Signatory[] {
  return known.filter(({ network }) => network === code);
}

function uniqueAddresses(asked: readonly Asked[]): readonly Asked[] {
  return [...new Map(asked.map((one) => [placeOf(one.network, one.address), one])).values()];
}

/** Of an address or a contract. */
export function placeOf(network: string, address: Address): string {
  return `${network} ${address.toLowerCase()}`;
}

function outcomeOf(
  signed: readonly SignedAttempt[],
  refused: readonly RefusedAttempt[],
  decided: readonly DecidedAuthorization[],
): BatchOutcome {
  return {
    signed: signed.length + decided.filter(({ reason }) => reason === null).length,
    refused: [
      ...refused.map(({ attempt, reason }) => ({ id: attempt.transactionId, reason })),
      ...decided.flatMap(({ sendId, reason }) => (reason === null ? [] : [{ id: sendId, reason }])),
    ],
  };
}
