import type { Lease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { ProviderSilentError } from '../../bank/provider.ts';
import { intentsOf } from '../../bank/submit/intents.ts';
import type { CashAnswer, CashProvider } from '../provider.ts';
import { openRecipient } from '../sealing.ts';
import type { DueCashOrder } from './dueOrders.ts';
import { cashOrderBytes } from './orderBytes.ts';
import { callOff, postponeCash, recordCashAnswer } from './recordAnswer.ts';

/** An order whose call nobody has heard of again, as after a crash, is asked about. Longer than any call may take. */
const SILENT_MS = 15_000;
const RETRY_MS = 250;
const RETRY_MS_MAX = 60_000;
const DOUBLINGS_MAX = 8;
/** How often something whose network says nothing new is asked about. */
const ASK_MS = 60_000;

const intents = intentsOf(
  'cash',
  statement(
    'cash.begin_submitting',
    `update cash.order wish
        set state = 'SUBMITTING', attempts = wish.attempts + 1,
            next_at = (select platform.now()) + $2::int * interval '1 millisecond', updated_at = clock_timestamp()
      where wish.id = $1 and wish.state = 'QUEUED' and wish.cancel_asked_at is null returning 1`,
  ),
);

export interface CashSubmitting {
  /** Role omsx_cash. */
  readonly database: Database;
  readonly vault: KeyVault;
  readonly provider: CashProvider;
  readonly adapter: string;
  readonly logger: Logger;
}

/**
 * Takes one code or pickup a step further: intent, call, outcome, none of them within the tx of another. Whatever happens
 * between two of them, the next look asks the network by the same key. Safe to retry.
 */
export async function advanceCashOrder(
  deps: CashSubmitting,
  lease: Lease,
  order: DueCashOrder,
): Promise<void> {
  try {
    switch (order.state) {
      case 'QUEUED':
        return await (order.isCancelAsked
          ? callOff(deps.database, order.id)
          : submitFirst(deps, lease, order));
      case 'SUBMITTING':
      case 'UNKNOWN':
        return await askOrSubmitAgain(deps, order);
      default:
        return await (order.isCancelAsked || order.isPastExpiry ? end(deps, order) : askAgain(deps, order));
    }
  } catch (error) {
    if (!(error instanceof ProviderSilentError)) throw error;
    deps.logger.warn(
      { orderId: order.id, adapter: deps.adapter },
      'a network of counters did not say what became of an order',
    );
    const delayMs = Math.min(RETRY_MS * 2 ** Math.min(order.attempts, DOUBLINGS_MAX), RETRY_MS_MAX);
    await postponeCash(deps.database, order.id, delayMs, true);
  }
}

async function submitFirst(deps: CashSubmitting, lease: Lease, order: DueCashOrder): Promise<void> {
  const { vault, provider } = deps;
  const recipient = order.sealed === null ? null : await openRecipient(vault, order.sealedFor, order.sealed);
  const bytes = cashOrderBytes(order, recipient);
  if (!(await intents.write(deps, lease, { orderId: order.id, bytes, silentMs: SILENT_MS }))) return;
  await record(deps, order, await provider.submit(order.id, bytes));
}

/** Nobody knows whether the network has it. Only where it says that it has not are the same bytes sent again. */
async function askOrSubmitAgain(deps: CashSubmitting, order: DueCashOrder): Promise<void> {
  const answer = await deps.provider.ask(order.id);
  if (answer.type === 'KNOWN') return await recordCashAnswer(deps, order.id, answer);
  await record(deps, order, await deps.provider.submit(order.id, await intents.read(deps, order.id)));
}

/**
 * Makes sure that it can be used no more, because that was asked or its time is over. The network has the last word: what
 * was paid or picked up meanwhile stays so.
 */
async function end(deps: CashSubmitting, order: DueCashOrder): Promise<void> {
  const { database, provider } = deps;
  const answer = await provider.cancel(order.id);
  await postponeCash(database, order.id, ASK_MS, false);
  if (answer.type === 'KNOWN') await recordCashAnswer(deps, order.id, answer);
}

async function askAgain(deps: CashSubmitting, order: DueCashOrder): Promise<void> {
  const answer = await deps.provider.ask(order.id);
  await postponeCash(deps.database, order.id, ASK_MS, false);
  if (answer.type === 'KNOWN') await recordCashAnswer(deps, order.id, answer);
}

async function record(deps: CashSubmitting, order: DueCashOrder, answer: CashAnswer): Promise<void> {
  if (answer.type === 'NOT_FOUND')
    throw new ProviderSilentError('the network does not know what it was just given');
  await recordCashAnswer(deps, order.id, answer);
}
