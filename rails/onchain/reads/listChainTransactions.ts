import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import {
  type ChainDirection,
  type ChainTransactionRow,
  type ChainTransactionState,
  IN_SUSPENSE,
  INCOMING_STATES,
  OUTGOING_STATES,
  SELECT_INCOMING,
  SELECT_OUTGOING,
  touches,
} from './chainTransaction.ts';

/** All conditions hold at once; one that is left out does not matter. */
export interface ChainTransactionConditions {
  readonly network?: string;
  readonly direction?: ChainDirection;
  readonly state?: ChainTransactionState;
  /** Of a deposit, or of any attempt. */
  readonly hash?: string;
  /** Only deposits that are in suspense. */
  readonly inSuspense?: true;
  /** Only what moves money of these Accounts. */
  readonly accountIds?: readonly Uuid[];
}

type UuidPage = Page & { readonly from: Uuid | null };

/** Beyond every uuid that we make, so that "from the end of the list" needs no statement of its own. */
const UUID_MIN = '00000000-0000-0000-0000-000000000000';
const UUID_MAX = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const TABLES = {
  IN: {
    table: 'deposit',
    select: SELECT_INCOMING,
    states: INCOMING_STATES as readonly string[],
    hash: (place: string) => `deposit.id in (
      select named.id from chain.network
        join chain.deposit named on named.network = network.code and named.transaction_hash = ${place})`,
  },
  OUT: {
    table: 'transaction',
    select: SELECT_OUTGOING,
    states: OUTGOING_STATES as readonly string[],
    hash: (place: string) => `transaction.id in (
      select attempt.chain_transaction_id from chain.network
        join chain.attempt on attempt.network = network.code and attempt.hash = ${place})`,
  },
} as const;

/**
 * Up to `limit + 1` in walking direction, deposits and what was sent together. Ids are time-ordered, so both tables are
 * walked along (organization_id, id) and merged. Each combination of conditions is a statement of its own, so that each
 * has the plan that fits; a state stands in its text, because partial indexes are chosen by it. Role omsx_wallets. Safe
 * to retry.
 */
export async function listChainTransactions(
  reads: Database,
  organizationId: Uuid,
  conditions: ChainTransactionConditions,
  page: UuidPage,
): Promise<readonly ChainTransactionRow[]> {
  const { network, direction, state, hash, accountIds, inSuspense = false } = conditions;
  const directions = (['IN', 'OUT'] as const).filter(
    (way) =>
      (direction === undefined || way === direction) &&
      (!inSuspense || way === 'IN') &&
      (state === undefined || TABLES[way].states.includes(state)),
  );
  if (directions.length === 0) return [];
  const given = [
    { letter: 'n', value: network },
    { letter: 'h', value: hash },
    { letter: 'a', value: accountIds },
  ].filter(({ value }) => value !== undefined);
  return reads.readRows<ChainTransactionRow>(
    organizationId,
    listStatement(directions, state, given.map(({ letter }) => letter).join(''), page.forward, inSuspense),
    [
      organizationId,
      page.limit + 1,
      page.from ?? (page.forward ? UUID_MAX : UUID_MIN),
      ...given.map(({ value }) => value),
    ],
  );
}

function listStatement(
  directions: readonly ChainDirection[],
  state: ChainTransactionState | undefined,
  letters: string,
  forward: boolean,
  inSuspense: boolean,
): Statement {
  const order = forward ? 'desc' : 'asc';
  const place = (letter: string): string => `$${letters.indexOf(letter) + 4}`;
  const branches = directions.map((way) => {
    const { table, select, hash } = TABLES[way];
    const where = [
      `${table}.organization_id = $1`,
      `${table}.id ${forward ? '<' : '>'} $3`,
      ...(inSuspense ? [IN_SUSPENSE] : []),
      ...(state === undefined ? [] : stateCondition(table, state)),
      ...(letters.includes('n') ? [`${table}.network = ${place('n')}`] : []),
      ...(letters.includes('h') ? [hash(place('h'))] : []),
      ...(letters.includes('a') ? [touches(way, place('a'))] : []),
    ];
    return `(${select} where ${where.join(' and ')} order by ${table}.id ${order} limit $2)`;
  });
  return statement(
    `chain.list_chain_transactions_${directions.join('')}_${state ?? ''}_${letters}_${order}${inSuspense ? '_suspense' : ''}`,
    `select * from (${branches.join(' union all ')}) found order by found.id ${order} limit $2`,
  );
}

/** The words stand in a statement's text, and come from our own lists. */
function stateCondition(table: string, state: ChainTransactionState): readonly string[] {
  invariant(/^[A-Z]+$/.test(state), `${state} is a state`);
  return [`${table}.state = '${state}'`];
}

/** A page for each Wallet: `limit + 1` steps along deposit_account each. */
function depositsStatement(name: string, comparison: '<' | '>', order: 'asc' | 'desc'): Statement {
  return statement(
    name,
    `select asked.account_id as "accountId", page.*
       from unnest($1::uuid[]) as asked(account_id)
      cross join lateral (
        ${SELECT_INCOMING} where deposit.account_id = asked.account_id and deposit.organization_id = $2
           and deposit.id ${comparison} $3
         order by deposit.id ${order} limit $4) as page`,
  );
}

const DEPOSITS_FORWARD = depositsStatement('chain.list_deposits_forward', '<', 'desc');
const DEPOSITS_BACKWARD = depositsStatement('chain.list_deposits_backward', '>', 'asc');

/**
 * The same page of the deposits of several Wallets in one statement: lists in the order of `accountIds`, each of up to
 * `limit + 1` rows in walking direction; empty for another organization's. Role omsx_wallets. Safe to retry.
 */
export async function listDepositsOf(
  reads: Database,
  organizationId: Uuid,
  accountIds: readonly Uuid[],
  page: UuidPage,
): Promise<readonly (readonly ChainTransactionRow[])[]> {
  const rows = await reads.readRows<ChainTransactionRow & { readonly accountId: Uuid }>(
    organizationId,
    page.forward ? DEPOSITS_FORWARD : DEPOSITS_BACKWARD,
    [accountIds, organizationId, page.from ?? (page.forward ? UUID_MAX : UUID_MIN), page.limit + 1],
  );
  const lists = new Map<Uuid, ChainTransactionRow[]>(accountIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.accountId)?.push(row);
  return accountIds.map((id) => lists.get(id) ?? []);
}
