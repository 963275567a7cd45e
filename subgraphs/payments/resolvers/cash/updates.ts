import { formatId, parseId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { StreamMessage } from '../../../../schema/events.ts';
import type { Context } from '../../context.ts';
import type { CashInEventResolvers, CashInUpdateResolvers } from '../../generated/resolvers.ts';
import type { CashInEventView, CashInUpdateView } from '../../views/cash.ts';
import { nothingAt, objectStepOf, requireVisible } from '../stream.ts';
import { findVisibleCashIn } from './cashIn.ts';

/** `cursor` and `event` come from the message and cost no read; the CashIn is read fresh. */
export async function cashInUpdate(
  { cursor, event }: StreamMessage,
  id: string,
  context: Context,
): Promise<CashInUpdateView> {
  const cashInId = parseId('csh', id);
  if (cashInId === null) throw nothingAt(id);
  if (event) requireVisible(event, context.viewer);
  else if (!(await findVisibleCashIn(cashInId, context))) throw nothingAt(id);
  return { cursor, cashInId, event: event && objectStepOf(event, KINDS) };
}

const KINDS: Readonly<Record<string, CashInEventView['kind'] | undefined>> = {
  CashInCreated: 'CREATED',
  CashInOpened: 'OPENED',
  CashInRefreshed: 'REFRESHED',
  CashInPaid: 'PAID',
  CashInExpired: 'EXPIRED',
  CashInCanceled: 'CANCELED',
  CashInFailed: 'FAILED',
};

export const cashInUpdateResolvers: CashInUpdateResolvers = {
  cashIn: async ({ cashInId }, _, context) =>
    present(await findVisibleCashIn(cashInId, context), 'the cash-in of a stream'),
};

export const cashInEventResolvers: CashInEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
