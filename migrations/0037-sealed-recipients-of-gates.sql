-- Who picks up cash that somebody has to look at first is told to the same viewers as of a pickup that its network is slow with.
grant select (sealed) on payments.gate to omsx_payments;
