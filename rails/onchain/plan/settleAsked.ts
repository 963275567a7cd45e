import { isHeldBy } from '../../../platform/lease.ts';
import { statement } from '../../../platform/statement.ts';
import type { Round } from './round.ts';
import { notify, type WriteOutcome } from './writePlan.ts';

const BATCH_SIZE_MAX = 500;

/** Locked one by one by id: payments may be asking for more of them at this moment. */
const CANCEL = statement(
  'chain.plan.cancel',
  `update chain.send s set state = 'CANCELED', waits_for = null, version = s.version + 1, updated_at = clock_timestamp()
    where s.id in (select id from chain.send
                    where network = $1 and state = 'QUEUED' and cancel_asked_at is not null
                    order by id limit ${BATCH_SIZE_MAX} for update)
    returning 1`,
);

const FIND_REFUSED = statement(
  'chain.plan.find_refused',
  `select s.id, s.purpose, s.cancel_asked_at is not null as is_canceled, t.kind, a.refusal
     from chain.send s
     join chain.transaction t on t.id = s.chain_transaction_id and t.state = 'REFUSED'
     join chain.attempt a on a.chain_transaction_id = t.id and a.number = 1
    where s.network = $1 and s.state = 'PLANNED'
    order by s.id limit ${BATCH_SIZE_MAX} for update of s`,
);

/**
 * It keeps naming the transaction that was refused, by which the planner knows to try it alone: what was refused as a
 * whole may be refused for one of many.
 */
const REQUEUE = statement(
  'chain.plan.requeue',
  `update chain.send s set state = 'QUEUED', waits_for = row.waits_for, version = s.version + 1,
          chain_transaction_id = case when row.goes_alone then chain_transaction_id end,
          updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::boolean[]) as row (id, waits_for, goes_alone) where s.id = row.id`,
);

const END = statement(
  'chain.plan.end',
  `update chain.send s set state = row.state, failure_code = row.code, version = s.version + 1,
          updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::text[]) as row (id, state, code) where s.id = row.id`,
);

/** Sweeps whose authorization the signer refused. */
const FAIL_UNSIGNED = statement(
  'chain.plan.fail_unsigned',
  `update chain.send s set state = 'FAILED', failure_code = 'SIGNING_REFUSED', waits_for = null,
          version = s.version + 1, updated_at = clock_timestamp()
    where s.id in (select s.id from chain.send s
                     join chain.authorization a on a.send_id = s.id and a.state = 'REFUSED'
                    where s.network = $1 and s.state = 'QUEUED' and s.purpose = 'SWEEP'
                    order by s.id limit ${BATCH_SIZE_MAX} for update of s)`,
);

interface Refused {
  readonly id: string;
  readonly purpose: 'PAYMENT' | 'SWEEP' | 'REFILL';
  readonly is_canceled: boolean;
  readonly kind: string;
  readonly refusal: string | null;
}

/** What becomes of a send whose ChainTransaction the signer refused. */
export type AfterRefusal =
  | { readonly state: 'QUEUED'; readonly waitsFor: 'LIMIT' | null; readonly goesAlone: boolean }
  | { readonly state: 'CANCELED' | 'FAILED' };

/** Pure. A sweep never goes back: its amount was right for one moment, and the next sweep takes what is there then. */
export function decideRefused(send: Omit<Refused, 'id'>): AfterRefusal {
  if (send.is_canceled) return { state: 'CANCELED' };
  if (send.purpose === 'SWEEP') return { state: 'FAILED' };
  if (send.refusal === 'CANCEL_ASKED') return { state: 'QUEUED', waitsFor: null, goesAlone: false };
  if (send.kind === 'MULTISEND') return { state: 'QUEUED', waitsFor: null, goesAlone: true };
  if (send.refusal === 'OVER_DAILY_LIMIT') return { state: 'QUEUED', waitsFor: 'LIMIT', goesAlone: true };
  return { state: 'FAILED' };
}

/** Carries out what others asked for: cancellations of what is still queued, and what follows from refusals. One tx. */
export async function settleAsked({ database, network, lease }: Round): Promise<WriteOutcome> {
  return await database.write(async (tx) => {
    if (!(await isHeldBy(tx, lease))) return 'LOST';
    const canceled = await tx.rows(CANCEL, [network.code]);
    const refused = await tx.rows<Refused>(FIND_REFUSED, [network.code]);
    const decided = refused.map((send) => ({ id: send.id, next: decideRefused(send) }));
    const queued = decided.flatMap(({ id, next }) => (next.state === 'QUEUED' ? [{ id, ...next }] : []));
    const ended = decided.flatMap(({ id, next }) =>
      next.state === 'QUEUED' ? [] : [{ id, state: next.state }],
    );
    if (queued.length > 0)
      await tx.rows(REQUEUE, [
        queued.map(({ id }) => id),
        queued.map(({ waitsFor }) => waitsFor),
        queued.map(({ goesAlone }) => goesAlone),
      ]);
    if (ended.length > 0) {
      const codes = ended.map(({ state }) => (state === 'FAILED' ? 'SIGNING_REFUSED' : null));
      await tx.rows(END, [ended.map(({ id }) => id), ended.map(({ state }) => state), codes]);
    }
    await tx.rows(FAIL_UNSIGNED, [network.code]);
    if (canceled.length + refused.length > 0) await notify(tx, 'chain_settle');
    return 'WRITTEN';
  });
}
