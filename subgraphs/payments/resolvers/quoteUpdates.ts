import { formatId } from '../../../platform/id.ts';
import type { StreamMessage } from '../../../schema/events.ts';
import type { Context } from '../context.ts';
import type { QuoteEventResolvers } from '../generated/resolvers.ts';
import type { QuoteEventView, QuoteUpdateView } from '../views.ts';
import { findVisibleQuote } from './ids.ts';
import { nothingAt, objectStepOf, requireVisible } from './stream.ts';

/** `cursor` and `event` come from the message; the Quote is read fresh. */
export async function quoteUpdate(
  { cursor, event }: StreamMessage,
  id: string,
  context: Context,
): Promise<QuoteUpdateView> {
  if (event) requireVisible(event, context.viewer);
  const quote = await findVisibleQuote(id, context);
  if (quote === null) throw nothingAt(id);
  return { cursor, quote, event: event && objectStepOf(event, KINDS) };
}

const KINDS: Readonly<Record<string, QuoteEventView['kind'] | undefined>> = {
  QuoteCreated: 'CREATED',
  QuoteAccepted: 'ACCEPTED',
  QuoteExpired: 'EXPIRED',
};

export const quoteEventResolvers: QuoteEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
