/** Select list that yields a domain `CashIn`, for a table named or aliased `cash_in`. */
export const CASH_IN_COLUMNS = `cash_in.id, cash_in.organization_id as "organizationId",
  cash_in.customer_id as "customerId", cash_in.account_id as "accountId",
  cash_in.account_is_wallet as "accountIsWallet", cash_in.network, cash_in.asset, cash_in.amount as "amountMinor",
  cash_in.fee_amount as "feeMinor", cash_in.fee_flat as "feeFlatMinor",
  cash_in.fee_parts_per_million as "feePartsPerMillion", cash_in.fees_account_id as "feesAccountId", cash_in.status,
  cash_in.version, cash_in.order_id as "orderId", cash_in.refreshes, cash_in.is_refreshing as "isRefreshing",
  cash_in.cancel_asked as "isCancelAsked", cash_in.expires_at as "expiresAt",
  cash_in.transaction_id as "transactionId", cash_in.failure_code as "failureCode", cash_in.description,
  cash_in.external_id as "externalId", cash_in.metadata, cash_in.created_at as "createdAt",
  cash_in.updated_at as "updatedAt"`;
