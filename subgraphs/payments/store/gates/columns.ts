/** Select list that yields a domain `Approval`, for a table named or aliased `approval`. */
export const APPROVAL_COLUMNS = `approval.id, approval.organization_id as "organizationId", approval.subject,
  approval.subject_id as "subjectId", approval.status, approval.version, approval.required, approval.rule,
  approval.policy_version as "policyVersion", approval.requested_by as "requestedBy",
  approval.requested_at as "requestedAt", approval.expires_at as "expiresAt", approval.ended_at as "endedAt"`;

/** Select list that yields a domain `ApprovalDecision`, for a table named or aliased `decision`. */
export const DECISION_COLUMNS = `decision.approval_id as "approvalId", decision.organization_id as "organizationId",
  decision.decided_by as "decidedBy", decision.key_id as "keyId", decision.verdict, decision.note,
  decision.decided_at as "decidedAt"`;

/** Select list that yields a domain `ApprovalPolicy`, for a table named or aliased `policy`. */
export const APPROVAL_POLICY_COLUMNS = `policy.organization_id as "organizationId", policy.version, policy.rules,
  policy.expiry_hours as "expiryHours", policy.set_by as "setBy", policy.updated_at as "updatedAt"`;

/** Select list that yields a domain `Review`, for a table named or aliased `review`. */
export const REVIEW_COLUMNS = `review.id, review.organization_id as "organizationId", review.subject,
  review.subject_id as "subjectId", review.status, review.version, review.reasons, review.matches,
  review.list_version as "listVersion", review.opened_by as "openedBy", review.assigned_to as "assignedTo",
  review.decided_by as "decidedBy", review.note, review.opened_at as "openedAt", review.decided_at as "decidedAt"`;
