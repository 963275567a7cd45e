-- What is held on a chain can be compared with that chain only when it is booked by itself: system accounts that
-- stand for something outside have a place, the code of a Network. '' is everything that has none.
alter table ledger.account add column place text not null default '';
alter table ledger.account add constraint account_place_of_what_is_outside
  check (place = '' or kind in ('OMNIBUS', 'CLEARING', 'FEES'));

drop index ledger.account_system_key;
-- One system account of each kind, asset and place for each organization.
create unique index account_system_key on ledger.account (organization_id, kind, asset, place)
  where kind in ('FEES', 'OMNIBUS', 'CLEARING', 'CONVERSION', 'SUSPENSE');
