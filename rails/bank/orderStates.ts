/** Where an order to a bank stands. */
export type OrderState =
  | 'QUEUED'
  | 'SUBMITTING'
  | 'UNKNOWN'
  | 'SUBMITTED'
  | 'ACCEPTED'
  | 'SETTLED'
  | 'REJECTED'
  | 'CANCELED'
  | 'RETURNED';

/** What a provider says of an order, however it came to say so. */
export type OrderFactKind = 'SUBMITTED' | 'ACCEPTED' | 'SETTLED' | 'REJECTED' | 'CANCELED' | 'RETURNED';

/** What saying so means: it goes on, it is no news, or it cannot be and somebody has to look. */
export type FactVerdict = 'MOVES' | 'KNOWN' | 'CONTRADICTS';

const UNDER_WAY: readonly OrderState[] = ['SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED'];

/** Facts that are no news in a state that is not under way: earlier steps of the same story, told late. */
const KNOWN: Readonly<Partial<Record<OrderState, readonly OrderFactKind[]>>> = {
  SETTLED: ['SUBMITTED', 'ACCEPTED', 'SETTLED'],
  REJECTED: ['SUBMITTED', 'ACCEPTED', 'REJECTED'],
  CANCELED: ['SUBMITTED', 'ACCEPTED', 'CANCELED'],
  RETURNED: ['SUBMITTED', 'ACCEPTED', 'SETTLED', 'RETURNED'],
};

/**
 * What a fact means for an order. Facts come late, twice and in another order; what has ended stays ended, but that what
 * is settled may be returned until its window is over. Pure.
 *
 * @param order.isFinal whether the return window is over
 */
export function judgeFact(
  order: { readonly state: OrderState; readonly isFinal: boolean },
  fact: OrderFactKind,
): FactVerdict {
  const { state, isFinal } = order;
  if (UNDER_WAY.includes(state)) {
    const isOld = fact === state || (fact === 'SUBMITTED' && state === 'ACCEPTED');
    return isOld ? 'KNOWN' : 'MOVES';
  }
  if (KNOWN[state]?.includes(fact) === true) return 'KNOWN';
  return state === 'SETTLED' && fact === 'RETURNED' && !isFinal ? 'MOVES' : 'CONTRADICTS';
}
