import { ApiError } from '../../platform/errors.ts';
import { type IdPrefix, parseId, type Uuid } from '../../platform/id.ts';
import { EVENT_TYPES, type EventType, type FeedEvent } from '../../schema/events.ts';

/** Which events a subscription field tells of. One entry a field: the whole of what the router knows of it. */
export interface StreamRule {
  readonly scope: string;
  readonly eventTypes: ReadonlySet<EventType>;
  /** Arguments (paths into them) that name what to look for, how they are written, and where an event has it. */
  readonly selectors: readonly Selector[];
}

export interface Selector {
  readonly argument: readonly string[];
  readonly prefix: IdPrefix;
  readonly names: (event: FeedEvent, id: Uuid) => boolean;
}

const TRANSACTION_EVENTS = new Set(EVENT_TYPES.filter((type) => type.startsWith('Transaction')));
const BALANCE_EVENTS = new Set<EventType>([...TRANSACTION_EVENTS, 'SandboxFunded']);
const BATCH_EVENTS = new Set(EVENT_TYPES.filter((type) => type.startsWith('PayoutBatch')));
const QUOTE_EVENTS = new Set(EVENT_TYPES.filter((type) => type.startsWith('Quote')));
const APPROVAL_EVENTS = new Set(EVENT_TYPES.filter((type) => type.startsWith('Approval')));
const CASH_IN_EVENTS = new Set(EVENT_TYPES.filter((type) => type.startsWith('CashIn')));

const isSubject = (event: FeedEvent, id: Uuid): boolean => event.subjects.includes(id);
const isAggregate = (event: FeedEvent, id: Uuid): boolean => event.aggregateId === id;
const movesBalanceOf = ({ payload }: FeedEvent, id: Uuid): boolean =>
  'balances' in payload && payload.balances.some((balance) => balance.accountId === id);

export const STREAM_RULES: Readonly<Record<string, StreamRule>> = {
  transactionUpdates: {
    scope: 'transactions:read',
    eventTypes: TRANSACTION_EVENTS,
    selectors: [
      { argument: ['filter', 'customerId'], prefix: 'cus', names: isSubject },
      { argument: ['filter', 'accountId'], prefix: 'acc', names: isSubject },
      // A Wallet has the uuid of the Account that backs it.
      { argument: ['filter', 'walletId'], prefix: 'wal', names: isSubject },
    ],
  },
  transactionUpdated: {
    scope: 'transactions:read',
    eventTypes: TRANSACTION_EVENTS,
    selectors: [{ argument: ['id'], prefix: 'txn', names: isAggregate }],
  },
  balanceUpdates: {
    scope: 'accounts:read',
    eventTypes: BALANCE_EVENTS,
    selectors: [{ argument: ['accountId'], prefix: 'acc', names: movesBalanceOf }],
  },
  batchUpdates: {
    scope: 'transactions:read',
    eventTypes: BATCH_EVENTS,
    selectors: [{ argument: ['id'], prefix: 'bat', names: isAggregate }],
  },
  quoteUpdated: {
    scope: 'transactions:read',
    eventTypes: QUOTE_EVENTS,
    selectors: [{ argument: ['id'], prefix: 'quo', names: isAggregate }],
  },
  approvalUpdates: {
    scope: 'transactions:read',
    eventTypes: APPROVAL_EVENTS,
    selectors: [],
  },
  cashInUpdated: {
    scope: 'transactions:read',
    eventTypes: CASH_IN_EVENTS,
    selectors: [{ argument: ['id'], prefix: 'csh', names: isAggregate }],
  },
};

/**
 * The predicate that a field's arguments stand for.
 *
 * @throws {ApiError} BAD_USER_INPUT for an id that is not one of its kind
 */
export function compileMatch(
  rule: StreamRule,
  args: Readonly<Record<string, unknown>>,
): (event: FeedEvent) => boolean {
  const wanted: { readonly names: Selector['names']; readonly id: Uuid }[] = [];
  for (const { argument, prefix, names } of rule.selectors) {
    const text = valueAt(args, argument);
    if (text === undefined || text === null) continue;
    const id = parseId(prefix, String(text));
    if (id === null) {
      throw new ApiError(
        'BAD_USER_INPUT',
        `${argument.join('.')}: expected an id that begins with ${prefix}_, got "${String(text).slice(0, 60)}"`,
      );
    }
    wanted.push({ names, id });
  }
  return (event) => rule.eventTypes.has(event.type) && wanted.every(({ names, id }) => names(event, id));
}

/**
 * Refuses what a client token must not narrow its stream by: from what is left it would learn who else was part of it. Its own
 * customer it may name; whose an account is, is not known here.
 *
 * @throws {ApiError} BAD_USER_INPUT, the same for what is there and what is not
 */
export function requireOwnFilter(args: Readonly<Record<string, unknown>>, customerId: Uuid): void {
  const named = valueAt(args, ['filter', 'customerId']) ?? null;
  const isOwn = named === null || parseId('cus', String(named)) === customerId;
  const others = ['accountId', 'walletId'].some((name) => (valueAt(args, ['filter', name]) ?? null) !== null);
  if (isOwn && !others) return;
  throw new ApiError('BAD_USER_INPUT', 'a client token can filter by its own customerId only');
}

function valueAt(args: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = args;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
