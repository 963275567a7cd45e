import type { Hex } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { OpenAttempt, OpenTransaction } from './decideNext.ts';

/** Transactions of one round; the addresses that follow have their turn in the next. */
const OPEN_MAX = 1_000;

const READ_OPEN = statement(
  'chain.broadcast.read_open',
  `select t.id, t.from_address as "from", t.nonce, t.kind, t.state,
          coalesce(bool_or(s.cancel_asked_at is not null), false) as "isCancelAsked",
          coalesce(bool_or(s.accelerate_asked_at is not null), false) as "isAccelerateAsked"
     from (select * from chain.transaction
            where network = $1 and from_address > $2 and state in ('SIGNED', 'BROADCAST')
            order by from_address, nonce limit ${OPEN_MAX}) t
     left join chain.send s on s.chain_transaction_id = t.id
    group by t.id, t.from_address, t.nonce, t.kind, t.state
    order by t.from_address, t.nonce`,
);

const READ_ATTEMPTS = statement(
  'chain.broadcast.read_attempts',
  `select chain_transaction_id as "transactionId", number, purpose, state, gas_limit as "gasLimit",
          max_fee_per_gas as "maxFeePerGasWei", max_priority_fee_per_gas as "maxPriorityFeePerGasWei"
     from chain.attempt where chain_transaction_id = any ($1::uuid[]) order by chain_transaction_id, number`,
);

const READ_RAW = statement(
  'chain.broadcast.read_raw',
  `select '0x' || encode(raw, 'hex') as raw from chain.attempt where chain_transaction_id = $1 and number = $2`,
);

export interface OpenPage {
  /** Of each address, in the order of its nonces. */
  readonly lanes: readonly (readonly OpenTransaction[])[];
  /** The last address of this page; empty at the end, to begin again. */
  readonly after: string;
}

/** What is signed and in no block, of the addresses after `after`. */
export async function readOpen(database: Database, network: string, after: string): Promise<OpenPage> {
  return await database.write(async (tx) => {
    const rows = await tx.rows<Omit<OpenTransaction, 'attempts'>>(READ_OPEN, [network, after]);
    const attempts = new Map<Uuid, OpenAttempt[]>(rows.map(({ id }) => [id, []]));
    const ids = [arrayOf(rows, ({ id }) => id)];
    for (const one of await tx.rows<OpenAttempt & { readonly transactionId: Uuid }>(READ_ATTEMPTS, ids)) {
      attempts.get(one.transactionId)?.push(one);
    }
    const lanes = new Map<string, OpenTransaction[]>();
    for (const row of rows) {
      const lane = lanes.get(row.from) ?? [];
      lane.push({ ...row, attempts: attempts.get(row.id) ?? [] });
      lanes.set(row.from, lane);
    }
    // The last lane may be cut off at its end, which is only later nonces: they come when these are through.
    return { lanes: [...lanes.values()], after: rows.length === OPEN_MAX ? (rows.at(-1)?.from ?? '') : '' };
  });
}

/** The signed bytes of an attempt; null when it has none. */
export async function readRaw(database: Database, transactionId: Uuid, number: number): Promise<Hex | null> {
  const [row] = await database.write((tx) =>
    tx.rows<{ readonly raw: Hex | null }>(READ_RAW, [transactionId, number]),
  );
  return row?.raw ?? null;
}
