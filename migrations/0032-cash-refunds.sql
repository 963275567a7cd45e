-- Whom a pickup is for that takes the place of one that failed: whoever the first of them named. `sealed` is empty then.
alter table cash.order add column copy_of uuid;
alter table cash.order add constraint order_copy_of foreign key (copy_of) references cash.order (id);
alter table cash.order add constraint order_copy_has_no_recipient_of_its_own
  check (copy_of is null or (kind = 'PICKUP' and length(sealed) = 0));
create trigger order_recipient_immutable before update of copy_of
  on cash.order for each row execute function platform.refuse_change();
grant select (copy_of) on cash.order to omsx_payments, omsx_payments_writer, omsx_check;
