import type { Hex } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { SignedTransaction } from '../keys/signer.ts';
import type { AskedAttempt } from './asked.ts';
import type { LockedSignatory } from './askedRows.ts';

export interface SignedAttempt extends SignedTransaction {
  readonly attempt: AskedAttempt;
  readonly nonce: bigint;
}

export interface RefusedAttempt {
  readonly attempt: AskedAttempt;
  readonly reason: string;
}

/** How an authorization ended: one of the two is null. */
export interface DecidedAuthorization {
  readonly sendId: Uuid;
  readonly signature: Hex | null;
  readonly reason: string | null;
}

const RAISE_NONCES = statement(
  'chain.raise_next_nonces',
  `update chain.address held set next_nonce = raised.next_nonce
     from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) raised (network, address, was, next_nonce)
    where held.network = raised.network and held.address = raised.address and held.next_nonce = raised.was
   returning 1`,
);

/** Takes the nonces up, in the tx that stores what they were used for. */
export async function raiseNonces(
  tx: Tx,
  raised: readonly { readonly signatory: LockedSignatory; readonly nextNonce: bigint }[],
): Promise<void> {
  if (raised.length === 0) return;
  const rows = await tx.rows(RAISE_NONCES, [
    arrayOf(raised, ({ signatory }) => signatory.network),
    arrayOf(raised, ({ signatory }) => signatory.address),
    arrayOf(raised, ({ signatory }) => signatory.nextNonce),
    arrayOf(raised, ({ nextNonce }) => nextNonce),
  ]);
  invariant(rows.length === raised.length, 'a locked address has another nonce than when it was locked');
}

const STORE_FIRST = statement(
  'chain.store_signed_transactions',
  `update chain.transaction t set nonce = signed.nonce, state = 'SIGNED', updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::bigint[]) signed (id, nonce)
    where t.id = signed.id and t.state = 'PLANNED' and t.nonce is null
   returning 1`,
);

const STORE_ATTEMPTS = statement(
  'chain.store_signed_attempts',
  `update chain.attempt a
      set state = 'SIGNED', hash = signed.hash, raw = decode(signed.raw, 'hex'), signed_at = clock_timestamp()
     from unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) signed (id, number, hash, raw)
    where a.chain_transaction_id = signed.id and a.number = signed.number and a.state = 'ASKED'
   returning 1`,
);

export async function storeSigned(tx: Tx, signed: readonly SignedAttempt[]): Promise<void> {
  if (signed.length === 0) return;
  const first = signed.filter(({ attempt }) => attempt.purpose === 'FIRST');
  const transactions = await tx.rows(STORE_FIRST, [
    arrayOf(first, ({ attempt }) => attempt.transactionId),
    arrayOf(first, ({ nonce }) => nonce),
  ]);
  const attempts = await tx.rows(STORE_ATTEMPTS, [
    arrayOf(signed, ({ attempt }) => attempt.transactionId),
    arrayOf(signed, ({ attempt }) => attempt.number),
    arrayOf(signed, ({ hash }) => hash),
    arrayOf(signed, ({ raw }) => raw.slice(2)),
  ]);
  const isWhole = transactions.length === first.length && attempts.length === signed.length;
  invariant(isWhole, 'what was signed is no longer what was locked');
}

const REFUSE_FIRST = statement(
  'chain.refuse_transactions',
  `update chain.transaction set state = 'REFUSED', updated_at = clock_timestamp()
    where id = any ($1::uuid[]) and state = 'PLANNED'`,
);

const REFUSE_ATTEMPTS = statement(
  'chain.refuse_attempts',
  `update chain.attempt a set state = 'REFUSED', refusal = refused.reason
     from unnest($1::uuid[], $2::int[], $3::text[]) refused (id, number, reason)
    where a.chain_transaction_id = refused.id and a.number = refused.number and a.state = 'ASKED'`,
);

/** A transaction whose first attempt is refused has had no nonce and never gets one. */
export async function storeRefused(tx: Tx, refused: readonly RefusedAttempt[]): Promise<void> {
  if (refused.length === 0) return;
  const first = refused.filter(({ attempt }) => attempt.purpose === 'FIRST');
  await tx.rows(REFUSE_FIRST, [arrayOf(first, ({ attempt }) => attempt.transactionId)]);
  await tx.rows(REFUSE_ATTEMPTS, [
    arrayOf(refused, ({ attempt }) => attempt.transactionId),
    arrayOf(refused, ({ attempt }) => attempt.number),
    arrayOf(refused, ({ reason }) => reason),
  ]);
}

const STORE_AUTHORIZATIONS = statement(
  'chain.store_signed_authorizations',
  `update chain.authorization z
      set state = case when decided.reason is null then 'SIGNED' else 'REFUSED' end,
          refusal = decided.reason, signature = decode(decided.signature, 'hex')
     from unnest($1::uuid[], $2::text[], $3::text[]) decided (id, signature, reason)
    where z.send_id = decided.id and z.state = 'ASKED'`,
);

export async function storeAuthorizations(tx: Tx, decided: readonly DecidedAuthorization[]): Promise<void> {
  if (decided.length === 0) return;
  await tx.rows(STORE_AUTHORIZATIONS, [
    arrayOf(decided, ({ sendId }) => sendId),
    arrayOf(decided, ({ signature }) => signature?.slice(2) ?? null),
    arrayOf(decided, ({ reason }) => reason),
  ]);
}

const WAKE = statement('chain.wake_send', `select pg_notify('chain_send', '')`);

/** Tells the broadcaster, and the planner of refusals. */
export async function wakeSenders(tx: Tx): Promise<void> {
  await tx.rows(WAKE);
}
