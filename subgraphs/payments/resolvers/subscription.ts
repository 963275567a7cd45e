import { ApiError } from '../../../platform/errors.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import type { StreamMessage } from '../../../schema/events.ts';
import type { Context } from '../context.ts';
import type {
  BalanceUpdateResolvers,
  SubscriptionBalanceUpdatesArgs,
  SubscriptionBatchUpdatesArgs,
  SubscriptionCashInUpdatedArgs,
  SubscriptionQuoteUpdatedArgs,
  SubscriptionTransactionUpdatedArgs,
  TransactionUpdateResolvers,
} from '../generated/resolvers.ts';
import type { BalanceUpdateView, TransactionUpdateView } from '../views.ts';
import { cashInUpdate } from './cash/updates.ts';
import { approvalUpdate } from './gates/updates.ts';
import { findVisible } from './ids.ts';
import { batchUpdate } from './payouts/updates.ts';
import { quoteUpdate } from './quoteUpdates.ts';
import { balanceIn, nothingAt, requireVisible, timelineStepOf } from './stream.ts';

/** Undefined when an operation comes without a message. */
type Root = Readonly<Record<string, StreamMessage>> | undefined;

/**
 * The router keeps the streams. For each message it executes the subscription's operation here, with the
 * message as root value under the name of the field: `{ transactionUpdates: StreamMessage }`.
 */
export const subscriptionResolvers = {
  transactionUpdates: {
    subscribe: refuseStream,
    resolve: (root: Root, _: unknown, context: Context) =>
      transactionUpdate(messageIn(root, 'transactionUpdates'), null, context),
  },
  transactionUpdated: {
    subscribe: refuseStream,
    resolve: (root: Root, args: SubscriptionTransactionUpdatedArgs, context: Context) =>
      oneUpdated(messageIn(root, 'transactionUpdated'), args, context),
  },
  balanceUpdates: {
    subscribe: refuseStream,
    resolve: (root: Root, { accountId }: SubscriptionBalanceUpdatesArgs, context: Context) =>
      balanceUpdate(messageIn(root, 'balanceUpdates'), accountId, context),
  },
  batchUpdates: {
    subscribe: refuseStream,
    resolve: (root: Root, { id }: SubscriptionBatchUpdatesArgs, context: Context) =>
      batchUpdate(messageIn(root, 'batchUpdates'), id, context),
  },
  quoteUpdated: {
    subscribe: refuseStream,
    resolve: (root: Root, { id }: SubscriptionQuoteUpdatedArgs, context: Context) =>
      quoteUpdate(messageIn(root, 'quoteUpdated'), id, context),
  },
  approvalUpdates: {
    subscribe: refuseStream,
    resolve: (root: Root, _: unknown, context: Context) =>
      approvalUpdate(messageIn(root, 'approvalUpdates'), context),
  },
  cashInUpdated: {
    subscribe: refuseStream,
    resolve: (root: Root, { id }: SubscriptionCashInUpdatedArgs, context: Context) =>
      cashInUpdate(messageIn(root, 'cashInUpdated'), id, context),
  },
};

/** `cursor` and `event` come from the message and cost no read; the Transaction is read fresh. */
export const transactionUpdateResolvers: TransactionUpdateResolvers = {
  transaction: ({ transactionId }, _, { loaders }) =>
    transactionId === null ? null : loaders.findTransaction(transactionId),
};

export const balanceUpdateResolvers: BalanceUpdateResolvers = {
  account: ({ accountId }) => ({ id: formatId('acc', accountId) }),
};

async function oneUpdated(
  message: StreamMessage,
  { id }: SubscriptionTransactionUpdatedArgs,
  context: Context,
): Promise<TransactionUpdateView> {
  if (message.event) return transactionUpdate(message, null, context);
  const transaction = await findVisible(id, context);
  if (!transaction) throw nothingAt(id);
  return transactionUpdate(message, transaction.id, context);
}

function transactionUpdate(
  { cursor, event }: StreamMessage,
  transactionId: Uuid | null,
  { viewer }: Context,
): TransactionUpdateView {
  if (!event) return { cursor, event: null, transactionId };
  requireVisible(event, viewer);
  const step = timelineStepOf(event);
  return { cursor, event: step, transactionId: step?.transactionId ?? transactionId };
}

/**
 * An event names the Accounts of both sides, so that being part of it is not enough for a client token: the
 * Account must be its own Customer's. Anybody else's first message asks once whether there is such an Account.
 */
async function balanceUpdate(
  { cursor, event }: StreamMessage,
  id: string,
  { viewer, loaders, assets }: Context,
): Promise<BalanceUpdateView> {
  const accountId = parseId('acc', id);
  if (accountId === null) throw nothingAt(id);
  if (event) requireVisible(event, viewer);
  const mustAsk = !event || viewer.customerId !== undefined;
  if (mustAsk && !(await loaders.findAccount(accountId))) throw nothingAt(id);
  return { cursor, accountId, balance: event ? balanceIn(event, accountId, assets) : null };
}

function messageIn(root: Root, field: string): StreamMessage {
  return root?.[field] ?? refuseStream();
}

function refuseStream(): never {
  throw new ApiError('BAD_USER_INPUT', 'subscriptions are served by the router');
}
