import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { CashFactKind } from './orderStates.ts';

/** A code as it is kept. */
export interface SealedCode {
  readonly mask: string;
  readonly sealed: Uint8Array;
}

/** What an order comes to by a fact that moves it. */
export interface CashMove {
  readonly id: Uuid;
  readonly to: CashFactKind;
  readonly reasonCode: string | null;
  readonly providerReference: string | null;
  /** Null where the fact came without one. */
  readonly code: SealedCode | null;
}

/** SUBMITTED is no news for anybody, who has waited for a code since the order was made. */
const MOVE_ORDER = statement(
  'cash.move_order',
  `with moved as (
     update cash.order wish
        set state = $2, reason_code = coalesce($3, wish.reason_code),
            provider_reference = coalesce($4, wish.provider_reference),
            code_mask = coalesce(wish.code_mask, $5),
            code_sealed = case when wish.code_mask is null then $6::bytea else wish.code_sealed end,
            next_at = case when wish.cancel_asked_at is not null then (select platform.now())
                           else greatest(wish.expires_at, (select platform.now()) + interval '1 second') end,
            version = wish.version + case when $2 = 'SUBMITTED' then 0 else 1 end, updated_at = clock_timestamp()
      where wish.id = $1
     returning 1)
   select pg_notify('cash_settle', '') from moved`,
);

/** Writes a move of an order that is locked and that `judgeCashFact` let move. Retry only with the whole tx. */
export async function moveCashOrder(tx: Tx, move: CashMove): Promise<void> {
  const { id, to, reasonCode, providerReference, code } = move;
  const sealed = code === null ? null : Buffer.from(code.sealed);
  const moved = await tx.rows(MOVE_ORDER, [
    id,
    to,
    reasonCode,
    providerReference,
    code?.mask ?? null,
    sealed,
  ]);
  invariant(moved.length === 1, `cash order ${id} was not moved`);
}
