import type { Lease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { openBytes } from '../../../platform/vault/sealedBytes.ts';
import { decodeDetails } from '../details.ts';
import { type BankProvider, type OrderAnswer, ProviderSilentError } from '../provider.ts';
import type { DueOrder } from './dueOrders.ts';
import { intentsOf } from './intents.ts';
import { orderBytes } from './orderBytes.ts';
import { dropCancel, postpone, recordAnswer } from './recordAnswer.ts';

/** An order whose call nobody has heard of again, as after a crash, is asked about. Longer than any call may take. */
const SILENT_MS = 15_000;
const RETRY_MS = 250;
const RETRY_MS_MAX = 60_000;
const DOUBLINGS_MAX = 8;
/** How often something overdue is asked about. */
const OVERDUE_MS = 3_600_000;

const intents = intentsOf(
  'bank',
  statement(
    'bank.begin_submitting',
    `update bank.order wish
        set state = 'SUBMITTING', attempts = wish.attempts + 1, next_at = (select platform.now()) + $2::int * interval '1 millisecond',
            updated_at = clock_timestamp()
      where wish.id = $1 and wish.state = 'QUEUED' returning 1`,
  ),
);

export interface Submitting {
  /** Role omsx_bank. */
  readonly database: Database;
  readonly vault: KeyVault;
  readonly provider: BankProvider;
  readonly adapter: string;
  readonly logger: Logger;
}

/**
 * Takes one order a step further: intent, call, outcome, none of them within the tx of another. Whatever happens
 * between two of them, the next look asks the provider by the same key. Safe to retry.
 */
export async function advanceOrder(deps: Submitting, lease: Lease, order: DueOrder): Promise<void> {
  try {
    switch (order.state) {
      case 'QUEUED':
        return await submitFirst(deps, lease, order);
      case 'SUBMITTING':
      case 'UNKNOWN':
        return await askOrSubmitAgain(deps, order);
      default:
        return await (order.isCancelAsked ? cancel(deps, order) : askOverdue(deps, order));
    }
  } catch (error) {
    if (!(error instanceof ProviderSilentError)) throw error;
    deps.logger.warn(
      { orderId: order.id, adapter: deps.adapter },
      'a bank did not say what became of an order',
    );
    const delayMs = Math.min(RETRY_MS * 2 ** Math.min(order.attempts, DOUBLINGS_MAX), RETRY_MS_MAX);
    await postpone(deps.database, order.id, delayMs, true);
  }
}

async function submitFirst(deps: Submitting, lease: Lease, order: DueOrder): Promise<void> {
  const { database, vault, provider } = deps;
  const details = await openBytes(vault, order.sealed, order.sealedFor);
  const bytes = orderBytes(order, decodeDetails(details));
  if (!(await intents.write(deps, lease, { orderId: order.id, bytes, silentMs: SILENT_MS }))) return;
  await record(database, order, await provider.submit(order.id, bytes));
}

/** Nobody knows whether the provider has it. Only where it says that it has not are the same bytes sent again. */
async function askOrSubmitAgain(deps: Submitting, order: DueOrder): Promise<void> {
  const { database, provider } = deps;
  const answer = await provider.ask(order.id);
  if (answer.type === 'KNOWN') return await recordAnswer(database, order.id, answer);
  await record(database, order, await provider.submit(order.id, await intents.read(deps, order.id)));
}

async function cancel({ database, provider }: Submitting, order: DueOrder): Promise<void> {
  const answer = await provider.cancel(order.id);
  if (answer.type === 'KNOWN') await recordAnswer(database, order.id, answer);
  await dropCancel(database, order.id);
}

async function askOverdue({ database, provider }: Submitting, order: DueOrder): Promise<void> {
  const answer = await provider.ask(order.id);
  await postpone(database, order.id, OVERDUE_MS, false);
  if (answer.type === 'KNOWN') await recordAnswer(database, order.id, answer);
}

async function record(database: Database, order: DueOrder, answer: OrderAnswer): Promise<void> {
  if (answer.type === 'NOT_FOUND')
    throw new ProviderSilentError('the bank does not know what it was just given');
  await recordAnswer(database, order.id, answer);
}
