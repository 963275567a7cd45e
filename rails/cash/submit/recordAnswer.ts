import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { moveCashOrder, type SealedCode } from '../moveOrder.ts';
import { judgeCashFact } from '../orderStates.ts';
import { lockCashOrders } from '../orders.ts';
import type { CashAnswer } from '../provider.ts';
import { maskCode, sealCode } from '../sealing.ts';

/** A code that came, as it is kept; asks the vault, so before any tx. */
export async function keepable(
  vault: KeyVault,
  orderId: Uuid,
  code: string | null,
): Promise<SealedCode | null> {
  return code === null ? null : { mask: maskCode(code), sealed: await sealCode(vault, orderId, code) };
}

/** Writes what a network answered; what a callback has said meanwhile is not undone. Safe to retry. */
export async function recordCashAnswer(
  { database, vault }: { readonly database: Database; readonly vault: KeyVault },
  id: Uuid,
  answer: Extract<CashAnswer, { type: 'KNOWN' }>,
): Promise<void> {
  const code = await keepable(vault, id, answer.code);
  await database.write(async (tx) => {
    const order = (await lockCashOrders(tx, [id])).get(id);
    if (order === undefined || judgeCashFact(order.state, answer.fact) !== 'MOVES') return;
    const { fact: to, reasonCode, reference: providerReference } = answer;
    await moveCashOrder(tx, { id, to, reasonCode, providerReference, code });
  });
}

const POSTPONE = statement(
  'cash.postpone_order',
  `update cash.order wish
      set state = case when wish.state = 'SUBMITTING' and $3 then 'UNKNOWN' else wish.state end,
          attempts = wish.attempts + 1, next_at = (select platform.now()) + $2::int * interval '1 millisecond',
          updated_at = clock_timestamp()
    where wish.id = $1`,
);

/** Looks at it again later. @param isUnknown whether a call went out that nobody answered */
export async function postponeCash(
  database: Database,
  id: Uuid,
  delayMs: number,
  isUnknown: boolean,
): Promise<void> {
  await database.write((tx) => tx.rows(POSTPONE, [id, delayMs, isUnknown]));
}

const CALL_OFF = statement(
  'cash.call_off',
  `with moved as (
     update cash.order wish set state = 'CANCELED', version = wish.version + 1, updated_at = clock_timestamp()
      where wish.id = $1 and wish.state = 'QUEUED' and wish.cancel_asked_at is not null returning 1)
   select pg_notify('cash_settle', '') from moved`,
);

/** Ends what no network has seen. Safe to retry. */
export async function callOff(database: Database, id: Uuid): Promise<void> {
  await database.write((tx) => tx.rows(CALL_OFF, [id]));
}
