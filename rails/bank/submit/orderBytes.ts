import type { BankAccountDetails } from '../details.ts';
import type { DueOrder } from './dueOrders.ts';

/** What a provider is told of an order. The same order is always the same bytes. */
export interface OrderMessage {
  readonly key: string;
  /** Whose money it is, as the provider knows its customers: the organization's uuid. */
  readonly customer: string;
  readonly rail: string;
  readonly asset: string;
  /** Minor units, as text. */
  readonly amountMinor: string;
  readonly reference: string | null;
  /** How fast it is to travel; null for what is usual on the rail. */
  readonly speed: string | null;
  readonly creditor: BankAccountDetails;
}

export function orderBytes(order: DueOrder, creditor: BankAccountDetails): Uint8Array {
  const { id, organizationId, rail, asset, amountMinor, reference, speed } = order;
  const message: OrderMessage = {
    key: id,
    customer: organizationId,
    rail,
    asset,
    amountMinor: String(amountMinor),
    reference,
    speed,
    creditor,
  };
  return Buffer.from(JSON.stringify(message));
}
