-- How far the clock of deadlines is ahead of the real one: zero for ever but in a sandbox, where developers move it to
-- see holds run out, quotes end and return windows close. Secrets, leases and retries go by the real clock.
create table platform.sandbox_clock (
  only_row boolean primary key default true check (only_row),
  ahead_ms bigint not null default 0,
  -- Ten years. It never goes back: what has expired stays expired.
  constraint sandbox_clock_ahead check (ahead_ms between 0 and 315576000000)
);
insert into platform.sandbox_clock default values;

create function platform.refuse_clock_back() returns trigger language plpgsql as $$
begin
  if new.ahead_ms < old.ahead_ms then
    raise exception 'the sandbox clock does not go back' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger sandbox_clock_forward before update on platform.sandbox_clock
  for each row execute function platform.refuse_clock_back();
create trigger sandbox_clock_stays before delete on platform.sandbox_clock
  for each row execute function platform.refuse_change();

-- The clock that deadlines go by, as it was when the statement began: what is recorded under a lock is read by a
-- statement of its own. In conditions it stands as `(select platform.now())`, which is worked out once.
create function platform.now() returns timestamptz
  language sql stable parallel safe
  return statement_timestamp()
    + (select ahead_ms from platform.sandbox_clock) * interval '1 millisecond';

-- No uuidv7 of what `now` recorded at this instant or later is smaller: ids are made by the real clocks of processes, and
-- of what waits for an approval, such as the items of a batch, up to 30 days before; two more are for the clocks.
create function platform.first_id_at(p_recorded timestamptz) returns uuid
  language sql stable parallel safe
  return (lpad(to_hex(greatest(0, least(281474976710655,
      extract(epoch from greatest(p_recorded, '1970-01-01'))::numeric * 1000
      - (select ahead_ms from platform.sandbox_clock) - 2764800000))::bigint), 12, '0')
    || '00000000000000000000')::uuid;

grant select on platform.sandbox_clock to omsx_accounts, omsx_wallets, omsx_payments, omsx_accounts_writer,
  omsx_wallets_writer, omsx_payments_writer, omsx_bank, omsx_cash, omsx_check, omsx_relay, omsx_router;
grant update (ahead_ms) on platform.sandbox_clock to omsx_payments_writer;
