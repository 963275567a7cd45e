import { amountOf, MalformedMessageError, parseObject, textOf } from '../../bank/simulator/eventJson.ts';
import { CASH_FACTS } from '../orderStates.ts';
import type { CashEvent } from '../provider.ts';

/** Reads one event from bytes that the provider has signed. @throws {MalformedMessageError} */
export function parseCashEvent(bytes: Uint8Array): CashEvent {
  return readCashEvent(parseObject(bytes));
}

export function readCashEvent(value: Readonly<Record<string, unknown>>): CashEvent {
  const occurredAt = new Date(textOf(value, 'occurredAt'));
  if (Number.isNaN(occurredAt.getTime())) throw new MalformedMessageError('occurredAt as an instant');
  const base = {
    id: textOf(value, 'id'),
    orderKey: textOf(value, 'orderKey'),
    asset: textOf(value, 'asset'),
    amountMinor: amountOf(value),
    occurredAt,
  };
  if (value.type === 'ORDER') {
    const kind = CASH_FACTS.find((one) => one === value.kind);
    if (kind === undefined) throw new MalformedMessageError(`a kind of ${CASH_FACTS.join(', ')}`);
    const reasonCode = value.reasonCode === null ? null : textOf(value, 'reasonCode');
    return { ...base, type: 'ORDER', kind, reasonCode, code: codeOf(value) };
  }
  if (value.type !== 'PAYMENT') throw new MalformedMessageError('the type ORDER or PAYMENT');
  return {
    ...base,
    type: 'PAYMENT',
    receiptId: textOf(value, 'receiptId'),
    customer: textOf(value, 'customer'),
    network: textOf(value, 'network'),
  };
}

/** What is said at the counter, where the message has it. */
export function codeOf(value: Readonly<Record<string, unknown>>): string | null {
  return value.code === null || value.code === undefined ? null : textOf(value, 'code');
}
