import { type Check, check } from './checkStatements.ts';

/** What payments promise of what waits. Where nobody approves or reviews they look at nothing. */
export const GATE_CHECKS: readonly Check[] = [
  check(
    'gates',
    'Each Transaction that waits holds its money and is asked about, and what ended holds nothing',
    `select gate.transaction_id::text as item,
            case when gate.state = 'WAITING' and transaction.hold_id is null then 'it waits, and nothing is held'
                 when gate.state = 'WAITING' and transaction.status not in ('PROCESSING', 'AWAITING_ACTION')
                   then format('it waits, and is %s', transaction.status)
                 when gate.awaits_approval <> (approval.status is not distinct from 'OPEN')
                   then format('its approval is %s', coalesce(approval.status, 'not asked for'))
                 when gate.awaits_review <> (review.open > 0) then format('%s reviews of it are open', review.open)
                 when gate.state = 'ENDED' and (transaction.hold_id is not null
                        or transaction.status not in ('CANCELED', 'FAILED'))
                   then format('it ended, and is %s', transaction.status) end as fault
       from payments.gate
       join payments.transaction on transaction.id = gate.transaction_id
       left join payments.approval on approval.subject_id = gate.transaction_id
      cross join lateral (
        select count(*) as open from payments.review
         where review.subject_id = gate.transaction_id and review.status = 'OPEN') review`,
  ),
  check(
    'approvals',
    'Each Approval that was given has as many words as it needs, and never that of whoever asked',
    `select approval.id::text as item,
            case when approval.status = 'APPROVED' and said.approving < approval.required
                   then format('%s of %s', said.approving, approval.required)
                 when said.own > 0 then 'whoever made it decided it' end as fault
       from payments.approval
      cross join lateral (
        select count(*) filter (where verdict = 'APPROVE') as approving,
               count(*) filter (where decided_by = approval.requested_by) as own
          from payments.approval_decision decision where decision.approval_id = approval.id) said`,
  ),
];
