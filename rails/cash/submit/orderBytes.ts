import type { CashRecipient } from '../sealing.ts';
import type { DueCashOrder } from './dueOrders.ts';

/** What a network is told. The same order is always the same bytes. @param recipient null for a CODE */
export function cashOrderBytes(order: DueCashOrder, recipient: CashRecipient | null): Uint8Array {
  const { id: key, kind, organizationId: customer, network, asset, amountMinor, expiresAt } = order;
  const message = {
    ...{ key, kind, customer, network, asset },
    amountMinor: String(amountMinor),
    expiresAt: expiresAt.toISOString(),
    recipient,
  };
  return Buffer.from(JSON.stringify(message));
}
