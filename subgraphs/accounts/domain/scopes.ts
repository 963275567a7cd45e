/** What an API key may be allowed to do. The scope of each root field is in its description in schema/. */
export const SCOPES = [
  'organization:read',
  'organization:write',
  'keys:read',
  'keys:write',
  'customers:read',
  'customers:write',
  'customers:pii:read',
  'accounts:read',
  'accounts:write',
  'wallets:read',
  'wallets:write',
  'transactions:read',
  'transactions:write',
  'webhooks:read',
  'webhooks:write',
  'limits:read',
  'limits:write',
  'sandbox:write',
  'compliance:read',
  'external-accounts:read',
  'external-accounts:write',
  'external-accounts:pii:read',
  'client-tokens:write',
  'compliance:write',
  'virtual-accounts:read',
  'virtual-accounts:write',
  'approvals:write',
  'reconciliation:read',
  'reconciliation:write',
  'cash:pii:read',
  '*',
] as const;

export type Scope = (typeof SCOPES)[number];

/** True for a scope that exists; `*` is all of them, also those to come. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
