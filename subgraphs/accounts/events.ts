import { newUuid, type Uuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import type { EventType, ObjectPayload } from '../../schema/events.ts';
import type { Fact } from './domain/customerBatch.ts';

/** The event that `object` is there or changed. Everything an event tells is in its row, readers fetch the rest. */
function objectEvent(
  type: EventType,
  version: number,
  object: { readonly id: Uuid; readonly organizationId: Uuid },
  subjects: readonly Uuid[],
): NewEvent {
  const payload: ObjectPayload = { id: object.id };
  return {
    id: newUuid(),
    organizationId: object.organizationId,
    type,
    aggregateId: object.id,
    version,
    subjects,
    payload: JSON.stringify(payload),
  };
}

interface Identified {
  readonly id: Uuid;
  readonly organizationId: Uuid;
}

export function customerCreated(customer: Identified): NewEvent {
  return objectEvent('CustomerCreated', 1, customer, [customer.id]);
}

/** What was decided about a Customer; `EndorsementReviewStarted` is for those with compliance:read only. */
export function factEvent(fact: Fact): NewEvent {
  return objectEvent(fact.type, fact.version, fact, [...new Set([fact.id, fact.customerId])]);
}

/** An Account is opened once and closed at most once, hence the fixed versions. */
export function accountOpened(account: Identified & { readonly holderId: Uuid }): NewEvent {
  return objectEvent('AccountOpened', 1, account, subjectsOf(account));
}

export function accountClosed(account: Identified & { readonly holderId: Uuid }): NewEvent {
  return objectEvent('AccountClosed', 2, account, subjectsOf(account));
}

export function apiKeyCreated(key: Identified): NewEvent {
  return objectEvent('ApiKeyCreated', 1, key, [key.id]);
}

export function apiKeyRevoked(key: Identified): NewEvent {
  return objectEvent('ApiKeyRevoked', 2, key, [key.id]);
}

/** Which key let whom in; the token itself is nowhere. */
export function clientTokenCreated(
  token: Identified & { readonly customerId: Uuid; readonly keyId: Uuid },
): NewEvent {
  return objectEvent('ClientTokenCreated', 1, token, [token.id, token.customerId, token.keyId]);
}

type Placed = Identified & { readonly customerId: Uuid | null; readonly version: number };

export function externalAccountCreated(account: Placed): NewEvent {
  return placedEvent('ExternalAccountCreated', account);
}

export function externalAccountVerified(account: Placed): NewEvent {
  return placedEvent('ExternalAccountVerified', account);
}

export function externalAccountDeclined(account: Placed): NewEvent {
  return placedEvent('ExternalAccountDeclined', account);
}

export function externalAccountClosed(account: Placed): NewEvent {
  return placedEvent('ExternalAccountClosed', account);
}

export function virtualAccountChanged(
  fact: 'Created' | 'Paused' | 'Resumed' | 'Closed',
  account: Placed,
): NewEvent {
  return placedEvent(`VirtualAccount${fact}`, account);
}

function placedEvent(type: EventType, account: Placed): NewEvent {
  const subjects = account.customerId === null ? [account.id] : [account.id, account.customerId];
  return objectEvent(type, account.version, account, subjects);
}

/** The account and, where it has one, its Customer; the organization is in a column of its own. */
function subjectsOf(account: Identified & { readonly holderId: Uuid }): readonly Uuid[] {
  return account.holderId === account.organizationId ? [account.id] : [account.id, account.holderId];
}
