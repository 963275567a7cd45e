/** Select list that yields a domain `Transaction`, for a table named or aliased `transaction`. */
export const TRANSACTION_COLUMNS = `transaction.id, transaction.organization_id as "organizationId", transaction.type,
  transaction.status, transaction.finality, transaction.capture_method as "captureMethod", transaction.version,
  transaction.source_rail as "sourceRail", transaction.source_account_id as "sourceAccountId",
  transaction.source_is_wallet as "sourceIsWallet", transaction.source_customer_id as "sourceCustomerId",
  transaction.source_asset as "sourceAsset", transaction.source_amount as "sourceAmountMinor",
  transaction.destination_rail as "destinationRail",
  transaction.destination_account_id as "destinationAccountId",
  transaction.destination_is_wallet as "destinationIsWallet",
  transaction.destination_customer_id as "destinationCustomerId",
  transaction.destination_asset as "destinationAsset",
  transaction.destination_amount as "destinationAmountMinor",
  transaction.captured_amount as "capturedAmountMinor", transaction.refunded_amount as "refundedAmountMinor",
  transaction.refunding_amount as "refundingAmountMinor",
  transaction.hold_id as "holdId", transaction.more_hold_ids as "moreHoldIds",
  transaction.hold_expires_at as "holdExpiresAt",
  transaction.refund_of as "refundOf", transaction.quote_id as "quoteId", transaction.failure_code as "failureCode", transaction.description,
  transaction.external_id as "externalId", transaction.metadata, transaction.created_at as "createdAt",
  transaction.updated_at as "updatedAt", transaction.completed_at as "completedAt",
  transaction.reversible_until as "reversibleUntil",
  transaction.destination_external_account_id as "destinationExternalAccountId"`;

/** Select list that yields a domain `TransactionEvent`, for `event` joined with its `transaction`. */
export const EVENT_COLUMNS = `event.id, event.transaction_id as "transactionId", event.version, event.kind,
  event.status, event.leg, event.amount as "amountMinor", 
  case event.leg when 'DESTINATION' then transaction.destination_asset else transaction.source_asset end as asset,
  event.related_transaction_id as "relatedTransactionId",
  event.chain_transaction_id as "chainTransactionId", event.transaction_hash as "transactionHash", event.reason_code as "reasonCode",
  event.reason_message as "reasonMessage", event.reason_retryable as "reasonRetryable",
  event.next_action as "nextAction", event.expected_by as "expectedBy", event.terminal,
  event.occurred_at as "occurredAt"`;

/**
 * Condition that keeps a client token to its own Customer, whose uuid is the parameter `place`; null for
 * everybody else.
 */
export function visibleTo(place: string): string {
  return `(${place}::uuid is null or transaction.source_customer_id = ${place}
    or transaction.destination_customer_id = ${place})`;
}
