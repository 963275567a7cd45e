import { ID_TYPES } from '../../../platform/id.ts';
import { COMPLIANCE_TYPES, EVENT_TYPES, type EventType } from '../../../schema/events.ts';

/** What is told of, as events name it: `WebhookEndpoint` of `WebhookEndpointDisabled`. The longest name that fits. */
const NOUNS = [...Object.values(ID_TYPES), 'Sandbox', 'Endorsement'].toSorted((a, b) => b.length - a.length);

/** Scope that whoever is told of it needs; `transactions:read` for what is not named here. */
const READ_SCOPES: Readonly<Record<string, string>> = {
  Customer: 'customers:read',
  Endorsement: 'customers:read',
  Account: 'accounts:read',
  ExternalAccount: 'accounts:read',
  VirtualAccount: 'accounts:read',
  Sandbox: 'accounts:read',
  Wallet: 'wallets:read',
  DepositAddress: 'wallets:read',
  ApiKey: 'keys:read',
  WebhookEndpoint: 'webhooks:read',
  ReconciliationItem: 'reconciliation:read',
};

/** The noun that an event's type begins with. */
export function nounOf(type: string): string {
  return NOUNS.find((noun) => type.startsWith(noun)) ?? type;
}

/** `transaction.fundsHeld` for `TransactionFundsHeld`: how messages and filters write it. */
export function webhookTypeOf(type: string): string {
  const noun = nounOf(type);
  return `${decapitalized(noun)}.${decapitalized(type.slice(noun.length))}`;
}

/** Every type that an endpoint can ask for, with the event behind it. */
export const WEBHOOK_TYPES: ReadonlyMap<string, EventType> = new Map(
  EVENT_TYPES.map((type) => [webhookTypeOf(type), type]),
);

/** What an endpoint of its own may be sent, by `sendTestWebhook`. */
export const TEST_TYPE = 'webhook.test';

/** What an endpoint that asks for all is told of, unless it is for compliance: that needs a scope of its own in any case. */
const TOLD_TO_ALL: readonly EventType[] = EVENT_TYPES.filter((type) => !COMPLIANCE_TYPES.has(type));

/** Types of compliance, as deliveries have them: who lacks the scope `compliance:read` does not see those. */
export const COMPLIANCE_WEBHOOK_TYPES: readonly string[] = [...COMPLIANCE_TYPES].map(webhookTypeOf);

function scopeToRead(type: EventType): string {
  if (COMPLIANCE_TYPES.has(type)) return 'compliance:read';
  return READ_SCOPES[nounOf(type)] ?? 'transactions:read';
}

/** The scopes without which nobody may have these types told; none asked for are all. */
export function scopesToRead(types: readonly string[]): readonly string[] {
  const asked = types.length === 0 ? TOLD_TO_ALL : types.flatMap((type) => WEBHOOK_TYPES.get(type) ?? []);
  return [...new Set(asked.map(scopeToRead))];
}

function decapitalized(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
