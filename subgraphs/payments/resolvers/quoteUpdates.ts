import { formatId, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { FeedEvent, StreamMessage } from '../../../schema/events.ts';
import type { Context } from '../context.ts';
import type { QuoteEventResolvers } from '../generated/resolvers.ts';
import type { QuoteEventView, QuoteUpdateView } from '../views.ts';
import { findVisibleQuote } from './ids.ts';
import { nothingAt, requireVisible } from './stream.ts';

/** `cursor` and `event` come from the message; the Quote is read fresh. */
export async function quoteUpdate(
  { cursor, event }: StreamMessage,
  id: string,
  context: Context,
): Promise<QuoteUpdateView> {
  if (event) requireVisible(event, context.viewer);
  const quote = await findVisibleQuote(id, context);
  if (quote === null) throw nothingAt(id);
  return { cursor, quote, event: event && stepOf(event) };
}

const KINDS: Readonly<Record<string, QuoteEventView['kind'] | undefined>> = {
  QuoteCreated: 'CREATED',
  QuoteAccepted: 'ACCEPTED',
  QuoteExpired: 'EXPIRED',
};

function stepOf({ id, version, type, occurredAt }: FeedEvent): QuoteEventView {
  const kind = present(KINDS[type], `the kind of ${type}`);
  return { id: id as Uuid, version, kind, occurredAt: new Date(occurredAt) };
}

export const quoteEventResolvers: QuoteEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
