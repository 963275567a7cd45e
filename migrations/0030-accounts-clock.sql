-- Customers, their checks and places outside go by the clock of deadlines (0029), as payments do.
alter table accounts.kyc_check alter column due_at set default platform.now();
alter table accounts.customer alter column created_at set default platform.now(),
  alter column updated_at set default platform.now();
alter table accounts.endorsement alter column requested_at set default platform.now(),
  alter column updated_at set default platform.now();
