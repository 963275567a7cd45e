import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** An account at a bank as both sides have it. Signed minor units. */
export interface BankBalanceView {
  readonly adapter: string;
  readonly asset: string;
  readonly theirsMinor: bigint | null;
  readonly asOf: string;
  readonly beforeMinor: bigint;
  readonly oursMinor: bigint;
  readonly unexplainedMinor: bigint;
  readonly underWayMinor: bigint;
}

const ACCOUNTS_MAX = 100;

/**
 * One snapshot, so that the sides are of one moment. The first statement of an account is the earliest by day and by the
 * bank's own count, however late it came. Indexes statement_account, statement_line_account and those of Bookings.
 */
const READ = statement(
  'bank.read_balances',
  `with account as (
     select distinct adapter, asset from bank.statement where organization_id = platform.current_organization()
      order by adapter, asset limit ${ACCOUNTS_MAX})
   select account.adapter, account.asset, newest.closing as "theirsMinor", newest.closed_on::text as "asOf",
          coalesce(first.opening, 0) as "beforeMinor", coalesce(omnibus.amount, 0) as "oursMinor",
          coalesce(line.amount, 0) as "unexplainedMinor",
          coalesce(booking.amount, 0) - coalesce(given_up.amount, 0) as "underWayMinor"
     from account
    cross join lateral (
      select closing, closed_on from bank.statement
       where organization_id = platform.current_organization() and adapter = account.adapter and asset = account.asset
       order by closed_on desc, sequence desc nulls last, id desc limit 1) newest
    cross join lateral (
      select opening from bank.statement
       where organization_id = platform.current_organization() and adapter = account.adapter and asset = account.asset
       order by closed_on, sequence nulls first, id limit 1) first
     left join lateral (
      select debits_posted - credits_posted as amount from ledger.account books
       where books.organization_id = platform.current_organization() and books.kind = 'OMNIBUS'
         and books.asset = account.asset and books.place = account.adapter) omnibus on true
     left join lateral (
      select sum(amount) as amount from bank.statement_line
       where organization_id = platform.current_organization() and adapter = account.adapter and asset = account.asset
         and (state in ('OPEN', 'IGNORED') or settled_version < version)) line on true
     left join lateral (
      select sum(amount) as amount from bank.booking
       where organization_id = platform.current_organization() and adapter = account.adapter and asset = account.asset
         and line_id is null) booking on true
     left join lateral (
      select sum(amount) as amount from bank.write_off
       where organization_id = platform.current_organization() and adapter = account.adapter and asset = account.asset
         and not exists (select from bank.statement_line line
                          where line.order_id = write_off.order_id and (line.booked_amount > 0) = write_off.is_return
                             or line.receipt_id = write_off.receipt_id)) given_up on true
    order by account.adapter, account.asset`,
);

/** Accounts of which there is a statement, up to 100. Role omsx_payments. Safe to retry. */
export function readBankBalances(reads: Database, organizationId: Uuid): Promise<readonly BankBalanceView[]> {
  return reads.readRows<BankBalanceView>(organizationId, READ);
}
