import { type Statement, statement } from '../../../platform/statement.ts';
import { TRANSACTION_COLUMNS, visibleTo } from './columns.ts';

/** Where money comes in by itself. */
export type ArrivalKind = 'virtualAccount' | 'depositAddress';

/** What arrived there and in which Transaction it was credited: a row of the rail's own library. */
const ARRIVED: Readonly<Record<ArrivalKind, string>> = {
  virtualAccount: 'bank.receipt arrived on arrived.virtual_account_id = party.id',
  depositAddress: 'chain.deposit arrived on arrived.deposit_address_id = party.id',
};

/** As those of a party in `listTransactionsOf`, with the same parameters; walked along the rail's index. */
export const ARRIVALS: Readonly<Record<ArrivalKind, { newest: Statement; oldest: Statement }>> = {
  virtualAccount: {
    newest: listStatement('virtualAccount', 'desc'),
    oldest: listStatement('virtualAccount', 'asc'),
  },
  depositAddress: {
    newest: listStatement('depositAddress', 'desc'),
    oldest: listStatement('depositAddress', 'asc'),
  },
};

function listStatement(kind: ArrivalKind, order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `arrived.transaction_id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `arrived.transaction_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `payments.list_transactions_of_${kind}_${order}`,
    `select party.id as "partyId", page.*
       from unnest($1::uuid[]) as party(id)
      cross join lateral (
        select ${TRANSACTION_COLUMNS}
          from (select party.id) asked
          join ${ARRIVED[kind]}
          join payments.transaction transaction on transaction.id = arrived.transaction_id
         where ${beyond} and ${visibleTo('$4')}
         order by arrived.transaction_id ${order} limit $3) page
      order by page.id ${order}`,
  );
}
